// oci-pack to-image: a bundle becomes an image.
#pragma once

#include <optional>
#include <string>

#include "image/platform.hpp"
#include "oci-pack/archive_stream.hpp"
#include "oci-pack/bundle_files.hpp"

namespace ocikit::pack {

struct ToImageOptions {
    std::string bundle;
    std::string layout;
    std::string tag;
    std::optional<image::Platform> platform = {};  // otherwise what annotations say, or this machine's
    ArchiveStream::Options stream = {};
    Selection selection = {};
    std::string created = {};  // if no annotation says it
};

// Adds the bundle's root as an image of one layer to a layout; returns the digest of the
// manifest. Throws Error; then the layout is as it was.
std::string to_image(const ToImageOptions& options, const Warn& warn);

}  // namespace ocikit::pack
