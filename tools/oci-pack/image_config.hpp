// The config of an image as a bundle's config.json has it (conversion.md, the other way round).
#pragma once

#include <string>

#include <ocikit/config.hpp>

#include "image/documents.hpp"

namespace ocikit::pack {

// What images can hold: program, environment, working directory, user, annotations, and
// volumes, which are the tmpfs mounts that begin with a copy of what they hide. The platform
// is what annotations say, otherwise the given one's.
image::ImageConfig image_config_of(const spec::Config& config, const image::Platform& platform);

// The document, with one layer.
std::string image_config_text(const image::ImageConfig& config);

}  // namespace ocikit::pack
