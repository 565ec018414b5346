// The root filesystem of an image.
#pragma once

#include <optional>
#include <string>

#include "archive/reader.hpp"
#include "archive/unpack.hpp"
#include "image/image.hpp"

namespace ocikit::image {

struct UnpackOptions {
    archive::Limits limits = {.ratio = default_ratio};  // size and number: of all layers together
    archive::Ownership ownership = {};
    bool progress = false;  // told on standard error
};

// Makes the files of all layers in a directory, and compares the layers with their digests.
class RootUnpacker {
  public:
    using Warn = archive::Unpacker::Warn;

    // directory stays open as long as this is used.
    RootUnpacker(int directory, UnpackOptions options, Warn warn);

    // Throws Error. Directories are open to the current user alone until finish gives them
    // what the image says; directory is as in the constructor, or where it was moved to.
    void unpack(const Image& image);
    void finish(int directory);

    // What the image says of a directory, if it does.
    std::optional<archive::Entry> directory(const std::string& path) const {
        return unpacker_.directory(path);
    }

  private:
    void unpack_layer(const Image& image, const Layer& layer, bool lowest);

    UnpackOptions options_;
    archive::Unpacker unpacker_;
    std::uint64_t entries_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace ocikit::image
