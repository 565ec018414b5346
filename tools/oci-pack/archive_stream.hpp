// The way of an archive's bytes: tar, compression, wherever they go, with a digest before
// and after the compression.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>

#include "archive/block_pipe.hpp"
#include "archive/digest.hpp"
#include "archive/hash.hpp"
#include "archive/progress.hpp"
#include "oci-pack/compressor.hpp"
#include "oci-pack/writer.hpp"

namespace ocikit::pack {

// SHA-256 in hexadecimal digits.
struct Digests {
    std::string tar;   // before it was compressed
    std::string file;  // as it was written
};

class ArchiveStream {
  public:
    struct Options {
        Compression compression = {};
        bool sparse = false;    // holes in files are kept as such
        bool digests = true;    // or finish gives empty ones, earlier
        bool progress = false;  // told on standard error
    };

    // Where the bytes go.
    struct Output {
        // Called in a thread of its own, and by finish.
        Compressor::Sink append;
        // If it can be had: takes bytes of any place, from two threads. Without compression
        // there is less to wait for with it.
        archive::BlockPipe::Place place = {};
    };

    ArchiveStream(const Options& options, Output output);

    // All throw Error, and what the output throws.
    void add_text(const archive::Entry& entry, std::string_view text);
    // fd and status as a Visit has them.
    void add_file(const archive::Entry& entry, int fd, const struct stat& status);
    Digests finish();

  private:
    archive::BlockPipe make_pipe(archive::BlockPipe::Place place);
    void write(const archive::Entry& entry, int fd, const struct stat& status);

    Options options_;
    Compressor::Sink append_;
    std::optional<archive::Digester> file_;   // unless it is the tar archive itself
    std::unique_ptr<Compressor> compressor_;  // unless the pipe puts bytes in their place
    std::optional<archive::Hasher> tar_;
    // reading, the digest, and compressing and writing go on at the same time
    archive::BlockPipe pipe_;
    Writer writer_;
    archive::Progress progress_;
};

}  // namespace ocikit::pack
