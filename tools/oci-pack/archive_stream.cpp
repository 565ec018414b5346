#include "oci-pack/archive_stream.hpp"

#include <utility>
#include <vector>

#include "oci-pack/content.hpp"

namespace ocikit::pack {

ArchiveStream::ArchiveStream(const Options& options, Output output)
    : options_(options),
      append_(std::move(output.append)),
      pipe_(make_pipe(std::move(output.place))),
      writer_(pipe_),
      progress_(options.progress) {}

archive::BlockPipe ArchiveStream::make_pipe(archive::BlockPipe::Place place) {
    std::vector<archive::BlockPipe::Consumer> consumers;
    if (options_.digests) {
        tar_.emplace();
        consumers.emplace_back([this](std::string_view bytes) { tar_->add(bytes); });
    }
    const bool is_plain = options_.compression.kind == Compression::Kind::none;
    if (is_plain && place) {
        if (consumers.empty())
            consumers.emplace_back([](std::string_view) {});  // its thread writes
        return archive::BlockPipe(std::move(consumers), std::move(place));
    }
    if (!is_plain && options_.digests)
        file_.emplace();
    compressor_ = make_compressor(options_.compression, [this](std::string_view bytes) {
        if (file_)
            file_->add(bytes);
        append_(bytes);
    });
    consumers.emplace_back([this](std::string_view bytes) { compressor_->write(bytes); });
    return archive::BlockPipe(std::move(consumers));
}

void ArchiveStream::add_text(const archive::Entry& entry, std::string_view text) {
    writer_.begin(entry);
    writer_.write(text);
}

void ArchiveStream::add_file(const archive::Entry& entry, int fd, const struct stat& status) {
    progress_.entry();
    if (!options_.sparse || fd < 0)
        return write(entry, fd, status);
    archive::Entry with_holes = entry;
    with_holes.extents = find_extents(fd, entry);
    write(with_holes, fd, status);
}

void ArchiveStream::write(const archive::Entry& entry, int fd, const struct stat& status) {
    writer_.begin(entry);
    if (fd < 0)
        return;
    read_content(fd, entry, status, writer_);
    progress_.bytes(entry.size);
}

Digests ArchiveStream::finish() {
    writer_.finish();
    pipe_.finish();
    if (compressor_)
        compressor_->finish();
    Digests digests;
    if (tar_)
        digests.tar = tar_->finish();
    digests.file = file_ ? file_->finish() : digests.tar;
    return digests;
}

}  // namespace ocikit::pack
