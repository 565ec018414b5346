// Reads the entries of an archive that nobody vouches for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "archive/decompressor.hpp"
#include "archive/entry.hpp"

namespace ocikit::archive {

struct Limits {
    std::uint64_t entries = 10'000'000;
    std::uint64_t bytes = std::uint64_t{1} << 40;  // of content, holes of sparse files counted
    // How many times as large as the file the tar archive in it may be, once it is larger
    // than what fits any disk; 0: any number.
    std::uint64_t ratio = 0;
    static constexpr std::uint64_t ratio_free = std::uint64_t{256} << 20;

    // Throws Error if the bytes of a file have become more than that.
    void check_ratio(std::uint64_t file_bytes, std::uint64_t tar_bytes) const;
};

// They see bytes as they are read: those of the file, and those of the tar archive in
// it. At the end they have seen all.
struct ReadObservers {
    std::function<void(std::string_view bytes)> file = {};
    std::function<void(std::string_view bytes)> tar = {};
};

// Takes tar in all its variants, plain or compressed with gzip, zstd or xz. All functions throw Error for
// what can't be read or is refused: absolute names, `..`, other types of files, an archive without its end,
// damaged compression, more than the limits.
class Reader {
  public:
    Reader(const Source& source, const Limits& limits, ReadObservers observers = {});
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // The next entry, false at the end. Its path is plain (see EntryPath); an empty
    // one is the top directory.
    bool next(Entry& entry);

    // Where the content of the entry begins in the tar archive.
    std::uint64_t content_position() const;

    // Hands the content of the entry to take, in pieces with their offsets. What is
    // between the pieces, and after them up to the entry's size, is zeros.
    using Take = std::function<void(std::string_view bytes, std::uint64_t offset)>;
    void content(const Entry& entry, const Take& take);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ocikit::archive
