// The bytes of an archive, whatever it is compressed with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace ocikit::archive {

// Where the bytes come from: a descriptor, which needs no seeking and stays the
// caller's; of a file in a larger one, only so many bytes from where it stands.
struct Source {
    Source(int descriptor, std::uint64_t length = UINT64_MAX) : fd(descriptor), size(length) {}
    int fd;
    std::uint64_t size;
};

// Tells gzip, zstd, xz and plain bytes by how they begin, and verifies the checksums
// at the end of each stream, which libarchive's filter for gzip doesn't.
class Decompressor {
  public:
    // Sees the bytes of the file as they are read.
    using Observer = std::function<void(std::string_view bytes)>;

    // By the first magic_size bytes, or all if there are fewer.
    static constexpr std::size_t magic_size = 6;
    static bool is_compressed(std::string_view begin);

    // observer may be empty.
    static std::unique_ptr<Decompressor> open(const Source& source, Observer observer = {});
    virtual ~Decompressor() = default;

    // Up to size bytes, 0 at the end. Throws Error if it can't be read, is damaged
    // or is cut off.
    virtual std::size_t read(char* to, std::size_t size) = 0;
};

}  // namespace ocikit::archive
