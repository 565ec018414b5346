#include "image/documents.hpp"

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "image/json_view.hpp"

namespace ocikit::image {

namespace {

Digest digest_in(const JsonView& view) {
    try {
        return parse_digest(view.string());
    } catch (const Error& error) {
        view.fail(error.what());
    }
}

Platform platform_in(const JsonView& view) {
    return {.os = view.string("os"),
            .architecture = view.string("architecture"),
            .variant = view.string("variant"),
            .os_version = view.string("os.version"),
            .os_features = view.strings("os.features")};
}

Descriptor descriptor_in(const JsonView& view) {
    Descriptor descriptor{.media_type = view.required("mediaType").string(),
                          .digest = digest_in(view.required("digest")),
                          .size = view.required("size").number()};
    if (const auto platform = view.member("platform"))
        descriptor.platform = platform_in(*platform);
    descriptor.annotations = view.string_map("annotations");
    descriptor.urls = view.strings("urls");
    return descriptor;
}

std::vector<Descriptor> descriptors_in(const JsonView& view) {
    std::vector<Descriptor> descriptors;
    for (const JsonView& element : view.elements())
        descriptors.push_back(descriptor_in(element));
    return descriptors;
}

void check_kind(const JsonView& view, const std::string& media_type,
                std::initializer_list<const char*> others) {
    if (view.required("schemaVersion").number() != 2)
        view.required("schemaVersion").fail("expected 2");
    const std::string said = view.string("mediaType");
    if (!said.empty() && !media_type.empty() && said != media_type)
        view.required("mediaType")
            .fail("it is " + quoted(said, 100) + ", but its descriptor says " + quoted(media_type, 100));
    for (const char* other : others)
        if (view.has(other))
            view.required(other).fail("refused: a document of this type has no such member");
}

}  // namespace

Index parse_index(std::string text, const std::string& name, const std::string& media_type) {
    const JsonView view = JsonView::parse(std::move(text), name);
    check_kind(view, media_type, {"config", "layers", "fsLayers"});
    return {.manifests = descriptors_in(view.required("manifests"))};
}

Manifest parse_manifest(std::string text, const std::string& name, const std::string& media_type) {
    const JsonView view = JsonView::parse(std::move(text), name);
    check_kind(view, media_type, {"manifests", "fsLayers"});
    return {.config = descriptor_in(view.required("config")),
            .layers = descriptors_in(view.required("layers"))};
}

ImageConfig parse_config(std::string text, const std::string& name) {
    const JsonView view = JsonView::parse(std::move(text), name);
    ImageConfig config{
        .platform = platform_in(view), .created = view.string("created"), .author = view.string("author")};
    for (const char* key : {"os", "architecture"})
        if (view.required(key).string().empty())
            view.required(key).fail("it is empty");
    const JsonView rootfs = view.required("rootfs");
    if (rootfs.string("type") != "layers")
        rootfs.fail("expected the type \"layers\"");
    for (const JsonView& element : rootfs.elements("diff_ids"))
        config.diff_ids.push_back(digest_in(element));
    const auto inner = view.member("config");
    if (!inner)
        return config;
    config.user = inner->string("User");
    config.env = inner->strings("Env");
    config.entrypoint = inner->strings("Entrypoint");
    config.command = inner->strings("Cmd");
    config.working_directory = inner->string("WorkingDir");
    config.stop_signal = inner->string("StopSignal");
    config.exposed_ports = inner->keys("ExposedPorts");
    config.volumes = inner->keys("Volumes");
    config.labels = inner->string_map("Labels");
    return config;
}

}  // namespace ocikit::image
