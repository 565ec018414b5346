// An image: its config, and where its layers are.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "image/documents.hpp"
#include "image/reference.hpp"
#include "image/store.hpp"

namespace ocikit::image {

struct Layer {
    std::string file;  // in the store
    std::optional<Digest> digest = {};
    std::optional<std::uint64_t> size = {};
    Digest diff_id;  // of the tar archive in it
};

struct Image {
    std::shared_ptr<const Store> store;
    ImageConfig config;
    std::vector<Layer> layers;  // the lowest first
};

// Takes an OCI image layout (a directory or a tar archive of one) or what `docker save`
// writes. Without a tag it is the only image, or the one that is tagged `latest`. Of an
// index the image for the platform is taken. Everything that is read is compared with its
// digest and size; the layers are not read. Throws Error.
Image open_image(const Reference& reference, const Platform& platform);

}  // namespace ocikit::image
