// The conversion of an image's config (image-spec, conversion.md).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "image/documents.hpp"
#include "oci-gen/draft.hpp"

namespace ocikit::gen {

// The options of the tmpfs that a volume becomes; path is absolute.
using VolumeOptions = std::function<std::vector<std::string>(const std::string& path)>;

// Takes over what the image says; the draft's own environment stays where the image has no
// such variable. Names of users are looked up in the root filesystem of the bundle. Volumes
// become file systems in memory if there is a function for their options. warn is
// told of labels that are left out as runtimes act on them. Throws Error.
void apply_image_config(Draft& draft, const image::ImageConfig& image, const VolumeOptions& volumes,
                        const std::string& bundle, const std::function<void(const std::string&)>& warn);

}  // namespace ocikit::gen
