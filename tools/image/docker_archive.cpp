#include "image/docker_archive.hpp"

#include <algorithm>
#include <set>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "archive/entry_path.hpp"
#include "image/json_view.hpp"
#include "image/layout.hpp"

namespace ocikit::image {

namespace {

struct Saved {
    std::string config;
    std::vector<std::string> tags;
    std::vector<std::string> layers;
};

std::vector<Saved> parse_saved(std::string text) {
    std::vector<Saved> images;
    for (const JsonView& element : JsonView::parse(std::move(text), docker_manifest_file).elements())
        images.push_back({.config = element.required("Config").string(),
                          .tags = element.strings("RepoTags"),
                          .layers = element.strings("Layers")});
    return images;
}

// NAME:TAG or TAG, and names with or without what Docker leaves out of them.
bool is_called(const std::string& name, const std::string& wanted) {
    if (name == wanted || name.substr(name.rfind(':') + 1) == wanted)
        return true;
    for (const char* prefix : {"docker.io/library/", "docker.io/", "localhost/"})
        if (name == prefix + wanted || prefix + name == wanted)
            return true;
    return false;
}

const Saved& choose(const std::vector<Saved>& images, const std::string& tag) {
    if (images.empty())
        throw Error("it has no images");
    if (tag.empty() && images.size() == 1)
        return images.front();
    const std::string wanted = tag.empty() ? "latest" : tag;
    const Saved* found = nullptr;
    std::string known;
    for (const Saved& image : images) {
        for (const std::string& name : image.tags)
            known += (known.empty() ? "" : ", ") + printable(name);
        if (std::none_of(image.tags.begin(), image.tags.end(),
                         [&](const std::string& name) { return is_called(name, wanted); }))
            continue;
        if (found)
            throw Error("several of its images are tagged " + quoted(wanted),
                        "name one as NAME:TAG: " + known);
        found = &image;
    }
    if (!found)
        throw Error("there is no image tagged " + quoted(wanted) + " in it",
                    known.empty() ? "its images have no tags" : "its tags are " + known);
    return *found;
}

// Files are called by their digests, `DIGITS.json` or `blobs/sha256/DIGITS`, but by
// programs of old times.
std::optional<Digest> digest_in_name(const std::string& file) {
    std::string name(archive::name_of(file));
    name = name.substr(0, name.find('.'));
    if (name.size() != 64 || name.find_first_not_of("0123456789abcdef") != name.npos)
        return std::nullopt;
    return Digest{.hex = std::move(name)};
}

std::string read_config(const Store& store, const std::string& file) {
    std::string text = store.read(file);
    const auto named = digest_in_name(file);
    if (const Digest digest = digest_of(text); named && digest != *named)
        throw Error(Error::Parts{.object = file, .reason = "its digest is " + digest.text()});
    return text;
}

}  // namespace

Image open_docker_archive(std::shared_ptr<const Store> store, const std::string& tag,
                          const Platform& platform) {
    const std::vector<Saved> images = parse_saved(store->read(docker_manifest_file));
    const Saved& saved = choose(images, tag);
    Image image{.store = store,
                .config = parse_config(read_config(*store, saved.config), saved.config),
                .layers = {}};
    check_platform(image.config, platform);
    const std::vector<Digest>& diff_ids = image.config.diff_ids;
    if (saved.layers.size() != diff_ids.size())
        throw Error(Error::Parts{.object = saved.config,
                                 .reason = "rootfs.diff_ids has " + std::to_string(diff_ids.size()) +
                                           " layers, but " + docker_manifest_file + " has " +
                                           std::to_string(saved.layers.size())});
    for (const std::string& file : saved.layers) {
        if (!store->open(file))
            throw Error(Error::Parts{.object = file, .reason = "the layer is missing"});
        // a layer's own name was once an id of another kind, so its diff_id alone counts
        image.layers.push_back({.file = file, .diff_id = diff_ids[image.layers.size()]});
    }
    return image;
}

}  // namespace ocikit::image
