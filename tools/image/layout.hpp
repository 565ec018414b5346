// OCI image layouts (image-layout.md).
#pragma once

#include "image/image.hpp"

namespace ocikit::image {

inline constexpr const char* layout_file = "oci-layout";
inline constexpr const char* index_file = "index.json";

// As open_image. Throws Error.
Image open_layout(std::shared_ptr<const Store> store, const std::string& tag, const Platform& platform);

// Throws Error if the text of `oci-layout` is of a version that isn't known.
void check_layout_version(std::string text);

// The text of a blob, compared with its descriptor; throws Error.
std::string read_blob(const Store& store, const Descriptor& descriptor);

// Throws Error if an image isn't for the platform.
void check_platform(const ImageConfig& config, const Platform& platform);

}  // namespace ocikit::image
