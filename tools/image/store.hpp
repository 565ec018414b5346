// Where the files of an image are: a directory, or a tar archive.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <ocikit/unique_fd.hpp>

#include "archive/decompressor.hpp"

namespace ocikit::image {

// The largest ratio of what is compressed to its file that isn't taken for a bomb: layers
// of programs and texts have 2 to 30.
inline constexpr std::uint64_t default_ratio = 250;

// An open file of an image; its descriptor stands where it begins.
struct Blob {
    UniqueFd fd;
    std::uint64_t size = 0;

    archive::Source source() const { return {fd.get(), size}; }
};

class Store {
  public:
    virtual ~Store() = default;

    // The file of that name, nothing if there is none. Throws Error, also if it isn't a
    // regular file or lies outside.
    virtual std::optional<Blob> open(const std::string& name) const = 0;

    // All of a small file, such as a manifest; throws Error if it is not there or too large.
    std::string read(const std::string& name) const;
};

// Opens a directory or a tar archive, which may be compressed with gzip, zstd or xz: then
// it is decompressed into a temporary file first. Throws Error.
std::unique_ptr<Store> open_store(const std::string& path);

}  // namespace ocikit::image
