#include "image/layout.hpp"

#include <algorithm>
#include <set>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "image/json_view.hpp"
#include "image/media_type.hpp"

namespace ocikit::image {

namespace {

// What `ctr images export` calls an image by its whole name.
constexpr const char* containerd_name = "io.containerd.image.name";
constexpr int most_depth = 8;  // of indexes in indexes

std::string annotation(const Descriptor& descriptor, const char* key) {
    const auto found = descriptor.annotations.find(key);
    return found == descriptor.annotations.end() ? std::string() : found->second;
}

std::string listed(const std::set<std::string>& names) {
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + printable(name);
    return text;
}

std::vector<Descriptor> with(const std::vector<Descriptor>& all, const char* key, const std::string& value) {
    std::vector<Descriptor> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found),
                 [&](const Descriptor& descriptor) { return annotation(descriptor, key) == value; });
    return found;
}

// The manifests that a tag names; several are those of several platforms.
std::vector<Descriptor> tagged(const Index& index, const std::string& tag) {
    std::set<std::string> tags;
    for (const Descriptor& descriptor : index.manifests)
        if (const std::string name = annotation(descriptor, ref_name); !name.empty())
            tags.insert(name);
    if (tag.empty() && tags.empty())
        return index.manifests;
    if (tag.empty() && tags.size() > 1 && !tags.contains("latest"))
        throw Error("it has several images, and none is tagged latest",
                    "name one of its tags: " + listed(tags));
    const std::string wanted = !tag.empty() ? tag : tags.size() == 1 ? *tags.begin() : "latest";
    std::vector<Descriptor> found = with(index.manifests, ref_name, wanted);
    if (found.empty())
        found = with(index.manifests, containerd_name, wanted);
    if (found.empty())
        throw Error("there is no image tagged " + quoted(wanted) + " in it",
                    tags.empty() ? "its images have no tags" : "its tags are " + listed(tags));
    return found;
}

// An image manifest with its config.
struct Found {
    Manifest manifest;
    ImageConfig config;
};

class Search {
  public:
    Search(const Store& store, const Platform& platform) : store_(store), platform_(platform) {}

    Found in(const std::vector<Descriptor>& manifests) {
        if (manifests.empty())
            throw Error("it has no images");
        if (auto found = best(manifests, 0))
            return *std::move(found);
        throw Error("it has no image for " + platform_.text() +
                        (offered_.empty() ? "" : ", but for " + listed(offered_)),
                    offered_.empty() ? "" : "--platform takes another one");
    }

  private:
    // The most suitable ones come first, then those whose config alone tells.
    std::optional<Found> best(std::vector<Descriptor> manifests, int depth) {
        if (depth > most_depth)
            throw Error("refused: its indexes are in each other more than " + std::to_string(most_depth) +
                        " deep");
        std::stable_sort(manifests.begin(), manifests.end(),
                         [&](const auto& a, const auto& b) { return rank(a) > rank(b); });
        for (const Descriptor& descriptor : manifests) {
            if (descriptor.platform && rank(descriptor) == 0)
                note(*descriptor.platform);
            else if (auto found = at(descriptor, depth, manifests.size() == 1))
                return found;
        }
        return std::nullopt;
    }

    int rank(const Descriptor& descriptor) const {
        return descriptor.platform ? suitability(*descriptor.platform, platform_) : 0;
    }

    void note(const Platform& platform) {
        // how attestations are marked, which are no images
        if (platform.os != "unknown")
            offered_.insert(platform.text());
    }

    std::optional<Found> at(const Descriptor& descriptor, int depth, bool only) {
        const std::string name = descriptor.digest.path();
        // a few indexes that name each other many times would keep it busy for years
        if (!seen_.insert(name).second)
            return std::nullopt;
        switch (blob_kind(descriptor.media_type)) {
            case BlobKind::index:
                return best(parse_index(read_blob(store_, descriptor), name, descriptor.media_type).manifests,
                            depth + 1);
            case BlobKind::manifest:
                break;
            case BlobKind::old_manifest:
                throw Error(
                    Error::Parts{.object = name,
                                 .reason = "it is a manifest of Docker's first schema, which has no config",
                                 .hint = "skopeo copy --format oci converts it"});
            default:
                if (!only)
                    return std::nullopt;
                throw Error(Error::Parts{.object = name,
                                         .reason = "its media type " + quoted(descriptor.media_type, 100) +
                                                   " is neither an image's nor an index's"});
        }
        Found found{.manifest = parse_manifest(read_blob(store_, descriptor), name, descriptor.media_type),
                    .config = {}};
        if (const std::string& type = found.manifest.config.media_type; blob_kind(type) != BlobKind::config) {
            if (!only)
                return std::nullopt;
            throw Error(Error::Parts{
                .object = name,
                .reason = "it is an artifact and no image: its config's media type is " + quoted(type, 100)});
        }
        found.config =
            parse_config(read_blob(store_, found.manifest.config), found.manifest.config.digest.path());
        if (suitability(found.config.platform, platform_) != 0)
            return found;
        note(found.config.platform);
        return std::nullopt;
    }

    const Store& store_;
    const Platform& platform_;
    std::set<std::string> offered_;
    std::set<std::string> seen_;  // files of the manifests and indexes
};

[[noreturn]] void refuse(const Descriptor& layer, const std::string& reason) {
    throw Error(Error::Parts{.object = layer.digest.path(), .reason = reason});
}

// What can be told of a layer without reading it.
void check_layer(const Store& store, const Descriptor& layer) {
    const BlobKind kind = blob_kind(layer.media_type);
    if (kind == BlobKind::encrypted_layer)
        refuse(layer, "the layer is encrypted");
    if (kind != BlobKind::layer && kind != BlobKind::foreign_layer)
        refuse(layer, "the media type " + quoted(layer.media_type, 100) + " of the layer is unknown");
    const auto blob = store.open(layer.digest.path());
    if (!blob && kind == BlobKind::foreign_layer)
        refuse(layer,
               "the layer isn't in the image: it is a foreign one" +
                   (layer.urls.empty() ? "" : ", to be fetched from " + printable(layer.urls.front())));
    if (!blob)
        refuse(layer, "the layer is missing");
    if (blob->size != layer.size)
        refuse(layer, "it has " + std::to_string(blob->size) + " bytes, not the " +
                          std::to_string(layer.size) + " that the manifest says");
}

}  // namespace

void check_layout_version(std::string text) {
    const JsonView view = JsonView::parse(std::move(text), layout_file);
    const JsonView version = view.required("imageLayoutVersion");
    if (!version.string().starts_with("1."))
        version.fail("the version " + quoted(version.string()) + " is unknown, expected 1.0.0");
}

std::string read_blob(const Store& store, const Descriptor& descriptor) {
    const std::string name = descriptor.digest.path();
    std::string text = store.read(name);
    if (text.size() != descriptor.size)
        throw Error(Error::Parts{.object = name,
                                 .reason = "it has " + std::to_string(text.size()) + " bytes, not the " +
                                           std::to_string(descriptor.size) + " that its descriptor says"});
    if (const Digest digest = digest_of(text, descriptor.digest.hash); digest != descriptor.digest)
        throw Error(Error::Parts{.object = name, .reason = "its digest is " + digest.text()});
    return text;
}

void check_platform(const ImageConfig& config, const Platform& platform) {
    if (suitability(config.platform, platform) == 0)
        throw Error("it is for " + config.platform.text() + ", not for " + platform.text(),
                    "--platform " + config.platform.text() + " takes it all the same");
}

Image open_layout(std::shared_ptr<const Store> store, const std::string& tag, const Platform& platform) {
    check_layout_version(store->read(layout_file));
    const Index index = parse_index(store->read(index_file), index_file, {});
    Found found = Search(*store, platform).in(tagged(index, tag));
    const std::vector<Digest>& diff_ids = found.config.diff_ids;
    if (found.manifest.layers.size() != diff_ids.size())
        throw Error(Error::Parts{.object = found.manifest.config.digest.path(),
                                 .reason = "rootfs.diff_ids has " + std::to_string(diff_ids.size()) +
                                           " layers, but the manifest has " +
                                           std::to_string(found.manifest.layers.size())});
    Image image{.store = std::move(store), .config = std::move(found.config), .layers = {}};
    for (const Descriptor& layer : found.manifest.layers) {
        check_layer(*image.store, layer);
        image.layers.push_back({.file = layer.digest.path(),
                                .digest = layer.digest,
                                .size = layer.size,
                                .diff_id = image.config.diff_ids[image.layers.size()]});
    }
    return image;
}

}  // namespace ocikit::image
