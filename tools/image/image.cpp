#include "image/image.hpp"

#include <ocikit/error.hpp>

#include "image/docker_archive.hpp"
#include "image/layout.hpp"

namespace ocikit::image {

Image open_image(const Reference& reference, const Platform& platform) {
    const std::string name = reference.path + (reference.tag.empty() ? "" : ':' + reference.tag);
    try {
        const std::shared_ptr<const Store> store = open_store(reference.path);
        if (store->open(layout_file))
            return open_layout(store, reference.tag, platform);
        if (store->open(docker_manifest_file))
            return open_docker_archive(store, reference.tag, platform);
        throw Error("it is no image: neither oci-layout nor manifest.json is in it",
                    "skopeo copy docker://… oci:DIR:TAG makes an OCI image layout");
    } catch (const Error& error) {
        throw error.within("image " + name);
    }
}

}  // namespace ocikit::image
