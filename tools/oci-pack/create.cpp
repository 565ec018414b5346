#include "oci-pack/create.hpp"

#include <memory>
#include <sys/stat.h>

#include <ocikit/error.hpp>

#include "archive/digest.hpp"
#include "archive/progress.hpp"
#include "oci-pack/compressor.hpp"
#include "oci-pack/content.hpp"
#include "oci-pack/output_file.hpp"
#include "oci-pack/writer.hpp"

namespace ocikit::pack {

namespace {

// The bytes' way: tar, compression, file, with a digest before and after the compression.
class Archive {
  public:
    explicit Archive(const CreateOptions& options)
        : output_(options.output, options.replace),
          compressed_(options.compression.kind != Compression::Kind::none),
          compressor_(make_compressor(options.compression, [this](std::string_view bytes) { put(bytes); })),
          writer_([this](std::string_view bytes) {
              tar_.add(bytes);
              compressor_->write(bytes);
          }) {}

    Writer& writer() { return writer_; }
    const OutputFile& output() const { return output_; }

    Digests finish() {
        writer_.finish();
        compressor_->finish();
        output_.commit();
        Digests digests{.tar = tar_.finish(), .file = {}};
        digests.file = compressed_ ? file_.finish() : digests.tar;
        return digests;
    }

  private:
    void put(std::string_view bytes) {
        if (compressed_)
            file_.add(bytes);
        output_.write(bytes);
    }

    OutputFile output_;
    bool compressed_;
    archive::Digester tar_;
    archive::Digester file_;
    std::unique_ptr<Compressor> compressor_;
    Writer writer_;
};

class Creator {
  public:
    Creator(const CreateOptions& options, Archive& archive)
        : sparse_(options.sparse), archive_(archive), progress_(options.progress) {}

    void add_config(const archive::Entry& entry, std::string_view text) {
        archive_.writer().begin(entry);
        archive_.writer().write(text);
    }

    void add_file(const archive::Entry& entry, int fd, const struct stat& status) {
        if (archive_.output().is(status.st_dev, status.st_ino))
            throw Error(Error::Parts{.object = entry.path,
                                     .reason = "this is the archive itself",
                                     .hint = "write it to a place outside of what is archived"});
        progress_.entry();
        if (sparse_ && fd >= 0 && is_sparse(status)) {
            archive::Entry with_holes = entry;
            with_holes.extents = find_extents(fd, entry);
            write(with_holes, fd, status);
        } else {
            write(entry, fd, status);
        }
    }

  private:
    // what the file system has stored, in units of 512 bytes (stat(2)), is less than its size
    static bool is_sparse(const struct stat& status) { return status.st_blocks < status.st_size / 512; }

    void write(const archive::Entry& entry, int fd, const struct stat& status) {
        archive_.writer().begin(entry);
        if (fd < 0)
            return;
        content_.read(fd, entry, status, [&](std::string_view bytes) {
            progress_.bytes(bytes.size());
            archive_.writer().write(bytes);
        });
    }

    bool sparse_;
    Archive& archive_;
    ContentReader content_;
    archive::Progress progress_;
};

}  // namespace

Digests create(const CreateOptions& options, const Warn& warn) {
    try {
        BundleFiles files(options.bundle, options.selection, warn);
        Archive archive(options);
        Creator creator(options, archive);
        files.visit(
            [&](const archive::Entry& entry, std::string_view text) { creator.add_config(entry, text); },
            [&](const archive::Entry& entry, int fd, const struct stat& status) {
                creator.add_file(entry, fd, status);
            });
        return archive.finish();
    } catch (const Error& error) {
        throw error.within("create " + options.bundle);
    }
}

}  // namespace ocikit::pack
