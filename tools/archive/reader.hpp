// Reads the entries of an archive that nobody vouches for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "archive/entry.hpp"

namespace ocikit::archive {

struct Limits {
    std::uint64_t entries = 10'000'000;
    std::uint64_t bytes = std::uint64_t{1} << 40;  // of content, holes of sparse files counted
};

// They see bytes as they are read: those of the file, and those of the tar archive in
// it. At the end they have seen all.
struct ReadObservers {
    std::function<void(std::string_view bytes)> file = {};
    std::function<void(std::string_view bytes)> tar = {};
};

// Takes tar in all its variants, plain or compressed with gzip, zstd or xz, from a
// descriptor that needs no seeking. All functions throw Error for what can't be
// read or is refused: absolute names, `..`, other types of files, an archive without
// its end, damaged compression, more than the limits.
class Reader {
  public:
    Reader(int fd, const Limits& limits, ReadObservers observers = {});
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // The next entry, false at the end. Its path is plain (see EntryPath); an empty
    // one is the top directory.
    bool next(Entry& entry);

    // Hands the content of the entry to take, in pieces with their offsets. What is
    // between the pieces, and after them up to the entry's size, is zeros.
    using Take = std::function<void(std::string_view bytes, std::uint64_t offset)>;
    void content(const Entry& entry, const Take& take);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ocikit::archive
