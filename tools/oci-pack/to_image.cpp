#include "oci-pack/to_image.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <ocikit/error.hpp>

#include "archive/entry_path.hpp"
#include "image/media_type.hpp"
#include "oci-pack/image_config.hpp"
#include "oci-pack/layout_writer.hpp"

namespace json = boost::json;

namespace ocikit::pack {

namespace {

std::string layer_type(Compression::Kind kind) {
    const std::string tar(image::media_type::layer);
    return kind == Compression::Kind::gzip   ? tar + "+gzip"
           : kind == Compression::Kind::zstd ? tar + "+zstd"
                                             : tar;
}

image::Digest sha256(const std::string& hex) {
    return {.hex = hex};
}

// Names count from the root in a layer. Nothing if the file isn't in it.
std::optional<std::string> below_root(const std::string& path, const std::string& root) {
    if (path == root)
        return std::string();
    if (!path.starts_with(root + '/'))
        return std::nullopt;
    return path.substr(root.size() + 1);
}

struct LayerBlob {
    image::Descriptor descriptor;
    image::Digest diff_id;
};

class LayerMaker {
  public:
    LayerMaker(BundleFiles& files, LayoutWriter& layout, const ArchiveStream::Options& options)
        : files_(files),
          layout_(layout),
          type_(layer_type(options.compression.kind)),
          stream_(options, {.append = [this](std::string_view bytes) { layout_.write(bytes); }}) {}

    LayerBlob make() {
        layout_.begin_blob();
        files_.visit([](const archive::Entry&, std::string_view, const struct stat&) {},
                     [this](const archive::Entry& entry, int fd, const struct stat& status) {
                         add(entry, fd, status);
                     });
        const Digests digests = stream_.finish();
        return {.descriptor = layout_.end_blob(type_, sha256(digests.file)), .diff_id = sha256(digests.tar)};
    }

  private:
    void add(const archive::Entry& found, int fd, const struct stat& status) {
        const auto path = below_root(found.path, files_.root());
        if (!path)
            return;
        if (layout_.is(status.st_dev, status.st_ino))
            throw Error(Error::Parts{.object = found.path,
                                     .reason = "this is the layout that the image goes to",
                                     .hint = "write it to a place outside of the root directory"});
        if (archive::name_of(*path).starts_with(".wh."))
            throw Error(Error::Parts{
                .object = found.path,
                .reason = "its name begins with .wh., which in an image marks a file that is taken away"});
        archive::Entry entry = found;
        entry.path = *path;
        if (entry.hard_link)
            entry.link = below_root(found.link, files_.root()).value_or(found.link);
        stream_.add_file(entry, fd, status);
    }

    BundleFiles& files_;
    LayoutWriter& layout_;
    std::string type_;
    ArchiveStream stream_;
};

json::object descriptor_value(const image::Descriptor& descriptor) {
    return {{"mediaType", descriptor.media_type},
            {"digest", descriptor.digest.text()},
            {"size", descriptor.size}};
}

std::string manifest_text(const image::Descriptor& config, const image::Descriptor& layer) {
    const json::object manifest{{"schemaVersion", 2},
                                {"mediaType", image::media_type::manifest},
                                {"config", descriptor_value(config)},
                                {"layers", json::array{descriptor_value(layer)}}};
    return json::serialize(manifest);
}

std::string make_image(const ToImageOptions& options, const Warn& warn) {
    Selection selection = options.selection;
    selection.tell_of_host = false;
    BundleFiles files(options.bundle, std::move(selection), warn);
    image::ImageConfig config =
        image_config_of(files.config(), options.platform.value_or(image::host_platform()));
    if (options.platform)
        config.platform = *options.platform;
    if (config.created.empty())
        config.created = options.created;
    const auto& process = files.config().process;
    if (process && process->user && !process->user->additionalGids.empty() &&
        process->user->additionalGids != std::vector<std::uint32_t>{process->user->gid.value_or(0)})
        warn("the additional groups of the user are left out: an image has none for a user by number");
    LayoutWriter layout(options.layout);
    const LayerBlob layer = LayerMaker(files, layout, options.stream).make();
    config.diff_ids = {layer.diff_id};
    const image::Descriptor config_blob =
        layout.add_blob(image::media_type::config, image_config_text(config));
    const image::Descriptor manifest =
        layout.add_blob(image::media_type::manifest, manifest_text(config_blob, layer.descriptor));
    layout.commit(manifest, options.tag);
    return manifest.digest.text();
}

}  // namespace

std::string to_image(const ToImageOptions& options, const Warn& warn) {
    try {
        return make_image(options, warn);
    } catch (const Error& error) {
        throw error.within("to-image " + options.bundle);
    }
}

}  // namespace ocikit::pack
