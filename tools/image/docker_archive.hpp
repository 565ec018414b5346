// What `docker save` and `skopeo copy … docker-archive:` write.
#pragma once

#include "image/image.hpp"

namespace ocikit::image {

inline constexpr const char* docker_manifest_file = "manifest.json";

// As open_image. Throws Error.
Image open_docker_archive(std::shared_ptr<const Store> store, const std::string& tag,
                          const Platform& platform);

}  // namespace ocikit::image
