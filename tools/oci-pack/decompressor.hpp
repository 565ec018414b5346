// The bytes of an archive, whatever it is compressed with.
#pragma once

#include <cstddef>
#include <memory>

namespace ocikit::pack {

// Tells gzip, zstd, xz and plain bytes by how they begin, and verifies the checksums
// at the end of each stream, which libarchive's filter for gzip doesn't.
class Decompressor {
  public:
    // Reads fd, which needs no seeking and stays the caller's.
    static std::unique_ptr<Decompressor> open(int fd);
    virtual ~Decompressor() = default;

    // Up to size bytes, 0 at the end. Throws Error if it can't be read, is damaged
    // or is cut off.
    virtual std::size_t read(char* to, std::size_t size) = 0;
};

}  // namespace ocikit::pack
