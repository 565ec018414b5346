#include "oci-pack/archive_stream.hpp"

namespace ocikit::pack {

namespace {

// what the file system has stored, in units of 512 bytes (stat(2)), is less than its size
bool is_sparse(const struct stat& status) {
    return status.st_blocks < status.st_size / 512;
}

}  // namespace

ArchiveStream::ArchiveStream(const Options& options, Compressor::Sink sink)
    : options_(options),
      sink_(std::move(sink)),
      compressor_(make_compressor(options.compression,
                                  [this](std::string_view bytes) {
                                      if (options_.compression.kind != Compression::Kind::none)
                                          file_.add(bytes);
                                      sink_(bytes);
                                  })),
      writer_([this](std::string_view bytes) {
          tar_.add(bytes);
          compressor_->write(bytes);
      }),
      progress_(options.progress) {}

void ArchiveStream::add_text(const archive::Entry& entry, std::string_view text) {
    writer_.begin(entry);
    writer_.write(text);
}

void ArchiveStream::add_file(const archive::Entry& entry, int fd, const struct stat& status) {
    progress_.entry();
    if (!options_.sparse || fd < 0 || !is_sparse(status))
        return write(entry, fd, status);
    archive::Entry with_holes = entry;
    with_holes.extents = find_extents(fd, entry);
    write(with_holes, fd, status);
}

void ArchiveStream::write(const archive::Entry& entry, int fd, const struct stat& status) {
    writer_.begin(entry);
    if (fd < 0)
        return;
    content_.read(fd, entry, status, [&](std::string_view bytes) {
        progress_.bytes(bytes.size());
        writer_.write(bytes);
    });
}

Digests ArchiveStream::finish() {
    writer_.finish();
    compressor_->finish();
    Digests digests{.tar = tar_.finish(), .file = {}};
    digests.file = options_.compression.kind == Compression::Kind::none ? digests.tar : file_.finish();
    return digests;
}

}  // namespace ocikit::pack
