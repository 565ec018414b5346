// The kinds of blobs that images are made of: those of OCI, and of Docker before it.
#pragma once

#include <string_view>

namespace ocikit::image {

enum class BlobKind {
    index,
    manifest,
    config,
    layer,
    foreign_layer,  // which isn't to be distributed, so a layout needs not have it
    encrypted_layer,
    old_manifest,  // Docker's first schema
    other,
};

namespace media_type {

inline constexpr std::string_view index = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view manifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view config = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view layer = "application/vnd.oci.image.layer.v1.tar";

}  // namespace media_type

BlobKind blob_kind(std::string_view type);

}  // namespace ocikit::image
