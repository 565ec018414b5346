#include "oci-gen/image_base.hpp"

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/bundle.hpp>
#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "archive/beneath.hpp"
#include "archive/entry_path.hpp"
#include "oci-gen/flag.hpp"
#include "oci-gen/image_config.hpp"
#include "oci-gen/output_file.hpp"
#include "oci-gen/values.hpp"

namespace ocikit::gen {

namespace {

constexpr auto options = std::to_array<cli::Option>({
    {.name = "image",
     .argument = "DIR[:TAG]",
     .help = "start from an image: an OCI image layout (a directory or a tar archive of one), or an "
             "archive by docker save; without TAG its only image, or latest. The profile is docker "
             "unless another one is given"},
    {.name = "platform",
     .argument = "OS/ARCH[/VARIANT]",
     .help = "take the image for this platform, such as linux/arm64; this machine's by default"},
    {.name = "unpack",
     .help = "make a whole bundle of the image, in the directory which --output names: it must be empty or "
             "not exist"},
    {.name = "image-volume",
     .argument = "tmpfs|ignore",
     .help = "what the image's volumes become: file systems in memory with the image's files in them (the "
             "default), or nothing"},
    {.name = "max-size",
     .argument = "SIZE",
     .help = "refuse images with more content than that, such as 20g; 1t by default"},
    {.name = "max-entries",
     .argument = "N",
     .help = "refuse images with more files than that; 10000000 by default"},
    {.name = "max-ratio",
     .argument = "N",
     .help = "refuse layers which are more than N times as large as they are compressed; 250 by default"},
});

std::string option_name(const cli::Arguments& arguments) {
    return "image " + arguments.value_or("image", "");
}

// Beside --image and without sense where it is missing.
void check_options(const cli::Arguments& arguments) {
    const bool unpack = arguments.flag("unpack");
    for (const char* name : {"platform", "unpack", "image-volume"})
        if (!arguments.value("image") && arguments.value(name))
            throw unusable(name, "it needs --image");
    for (const char* name : {"max-size", "max-entries", "max-ratio"})
        if (!unpack && arguments.value(name))
            throw unusable(name, "it needs --unpack");
    if (unpack && arguments.value_or("output", "").empty())
        throw unusable("unpack", "it needs --output, the directory that becomes the bundle");
}

// As a volume of docker's, its directory is as in the image, with the image's files.
VolumeOptions volume_options(const cli::Arguments& arguments, const ImageBundle* unpacked) {
    const std::string text = arguments.value_or("image-volume", "tmpfs");
    if (text != "tmpfs" && text != "ignore")
        throw unusable("image-volume", quoted(text) + " is neither tmpfs nor ignore");
    if (text == "ignore")
        return {};
    return [unpacked](const std::string& path) {
        std::vector<std::string> words{"nosuid", "nodev", "tmpcopyup"};
        const auto directory = unpacked ? unpacked->described(path.substr(1)) : std::nullopt;
        if (!directory)
            return words;
        char mode[16];
        std::snprintf(mode, sizeof mode, "mode=%o", directory->mode & 07777);
        words.emplace_back(mode);
        words.push_back("uid=" + std::to_string(directory->uid));
        words.push_back("gid=" + std::to_string(directory->gid));
        return words;
    };
}

// DIR, or DIR/config.json.
std::string destination_of(const cli::Arguments& arguments) {
    std::string path = arguments.value_or("output", "");
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    struct stat status {};
    const bool is_directory = ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    if (is_directory || archive::name_of(path) != config_file_name)
        return path;
    const std::string folder(archive::directory_of(path));
    return !folder.empty() ? folder : path.starts_with('/') ? "/" : ".";
}

// Where in the bundle the root filesystem belongs.
std::string root_of(const cli::Arguments& arguments, const Draft& base) {
    std::string path = "rootfs";
    if (const auto& root = base.config().root)
        path = root->path;
    path = arguments.value_or("rootfs", path);
    archive::EntryPath parsed = archive::parse_entry_path(path);
    if (parsed.fault != archive::EntryPath::Fault::none || parsed.path.empty() ||
        parsed.path == config_file_name)
        throw unusable("unpack", "the root filesystem " + quoted(path) +
                                     " is not in the bundle; --rootfs names another one");
    return std::move(parsed.path);
}

UniqueFd make_root(int bundle, const std::string& path) {
    for (std::size_t slash = path.find('/');; slash = path.find('/', slash + 1)) {
        if (::mkdirat(bundle, path.substr(0, slash).c_str(), slash == path.npos ? 0700 : 0755) != 0)
            throw Error::last("create", path);
        if (slash == path.npos)
            return archive::open_beneath(bundle, path, O_RDONLY | O_DIRECTORY);
    }
}

image::UnpackOptions unpack_options(const cli::Arguments& arguments) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    image::UnpackOptions result;
    const auto set = [&](const char* name, std::uint64_t& limit, auto parse) {
        if (const auto text = arguments.value(name))
            limit = static_cast<std::uint64_t>(parse(name, *text));
    };
    const auto count = [](const char* name, const std::string& text) {
        return parse_integer(name, text, 1, most);
    };
    set("max-size", result.limits.bytes,
        [](const char* name, const std::string& text) { return parse_size(name, text); });
    set("max-entries", result.limits.entries, count);
    set("max-ratio", result.limits.ratio, count);
    result.ownership.skip_devices = true;
    result.ownership.map_options = "--uidmap and --gidmap";
    result.progress = ::isatty(STDERR_FILENO) == 1;
    // the files get the owners that the user namespace maps; only root can give them away
    if (::geteuid() != 0)
        return result;
    const bool same = !arguments.value("uidmap") || !arguments.value("gidmap");
    for (const char* name : {"idmap", "uidmap", "gidmap"}) {
        for (const std::string& text : arguments.values(name)) {
            if (same || name != std::string_view("gidmap"))
                result.ownership.uid_map.add(name, text);
            if (same || name != std::string_view("uidmap"))
                result.ownership.gid_map.add(name, text);
        }
    }
    return result;
}

}  // namespace

std::span<const cli::Option> image_options() {
    return options;
}

std::optional<image::Image> find_image(const cli::Arguments& arguments) {
    check_options(arguments);
    const auto text = arguments.value("image");
    if (!text)
        return std::nullopt;
    image::Platform platform;
    try {
        const auto named = arguments.value("platform");
        platform = named ? image::parse_platform(*named) : image::host_platform();
    } catch (const Error& error) {
        throw unusable("platform", error.what());
    }
    return image::open_image(image::parse_reference(*text), platform);
}

ImageBundle::ImageBundle(const image::Image& image, const Draft& base, const cli::Arguments& arguments)
    : root_(root_of(arguments, base)),
      staging_(destination_of(arguments)),
      root_fd_(make_root(staging_.fd(), root_)),
      unpacker_(root_fd_.get(), unpack_options(arguments), warn) {
    try {
        unpacker_.unpack(image);
    } catch (const Error& error) {
        throw error.within(option_name(arguments));
    }
}

void ImageBundle::commit(const Draft& draft, const std::string& text) {
    const auto& root = draft.config().root;
    if (!root || archive::parse_entry_path(root->path).path != root_)
        throw Error("/root/path: it is no longer " + quoted(root_) + ", where the image was unpacked to",
                    "--rootfs names another place");
    write_file(staging_.path() + '/' + config_file_name, text, false);
    staging_.commit([&](int bundle) {
        unpacker_.finish(archive::open_beneath(bundle, root_, O_RDONLY | O_DIRECTORY).get());
    });
}

void apply_image(Draft& draft, const image::Image& image, const cli::Arguments& arguments,
                 const std::string& bundle, const ImageBundle* unpacked) {
    const VolumeOptions volumes = volume_options(arguments, unpacked);
    try {
        apply_image_config(draft, image.config, volumes, bundle, warn);
    } catch (const Error& error) {
        throw error.within(option_name(arguments));
    }
}

}  // namespace ocikit::gen
