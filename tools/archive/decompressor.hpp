// The bytes of an archive, whatever it is compressed with.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace ocikit::archive {

// Tells gzip, zstd, xz and plain bytes by how they begin, and verifies the checksums
// at the end of each stream, which libarchive's filter for gzip doesn't.
class Decompressor {
  public:
    // Sees the bytes of the file as they are read.
    using Observer = std::function<void(std::string_view bytes)>;

    // Reads fd, which needs no seeking and stays the caller's. observer may be empty.
    static std::unique_ptr<Decompressor> open(int fd, Observer observer = {});
    virtual ~Decompressor() = default;

    // Up to size bytes, 0 at the end. Throws Error if it can't be read, is damaged
    // or is cut off.
    virtual std::size_t read(char* to, std::size_t size) = 0;
};

}  // namespace ocikit::archive
