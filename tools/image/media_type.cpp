#include "image/media_type.hpp"

namespace ocikit::image {

namespace {

constexpr struct {
    std::string_view type;
    BlobKind kind;
} types[] = {
    {media_type::index, BlobKind::index},
    {"application/vnd.docker.distribution.manifest.list.v2+json", BlobKind::index},
    {media_type::manifest, BlobKind::manifest},
    {"application/vnd.docker.distribution.manifest.v2+json", BlobKind::manifest},
    {"application/vnd.docker.distribution.manifest.v1+json", BlobKind::old_manifest},
    {"application/vnd.docker.distribution.manifest.v1+prettyjws", BlobKind::old_manifest},
    {media_type::config, BlobKind::config},
    {"application/vnd.docker.container.image.v1+json", BlobKind::config},
    {media_type::layer, BlobKind::layer},
    {"application/vnd.oci.image.layer.v1.tar+gzip", BlobKind::layer},
    {"application/vnd.oci.image.layer.v1.tar+zstd", BlobKind::layer},
    {"application/vnd.docker.image.rootfs.diff.tar", BlobKind::layer},
    {"application/vnd.docker.image.rootfs.diff.tar.gzip", BlobKind::layer},
    {"application/vnd.docker.image.rootfs.diff.tar.zstd", BlobKind::layer},
    {"application/vnd.oci.image.layer.nondistributable.v1.tar", BlobKind::foreign_layer},
    {"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", BlobKind::foreign_layer},
    {"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", BlobKind::foreign_layer},
    {"application/vnd.docker.image.rootfs.foreign.diff.tar", BlobKind::foreign_layer},
    {"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", BlobKind::foreign_layer},
};

}  // namespace

BlobKind blob_kind(std::string_view type) {
    for (const auto& known : types)
        if (known.type == type)
            return known.kind;
    return type.ends_with("+encrypted") ? BlobKind::encrypted_layer : BlobKind::other;
}

}  // namespace ocikit::image
