#include "oci-gen/image_config.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include <ocikit/bundle.hpp>
#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "image/annotations.hpp"
#include "oci-gen/user.hpp"

namespace ocikit::gen {

namespace {

using Warn = std::function<void(const std::string&)>;

// Runtimes read orders out of annotations with these keys: handlers and hooks to run,
// properties of systemd units, kernels and files of the host. Whoever made an image isn't
// to give such orders.
constexpr std::string_view obeyed_keys[] = {
    "dev.gvisor.", "io.containers.trace-syscall", "io.katacontainers.", "krun.", "module.wasm.",
    "org.criu.",   "org.systemd.property.",       "run.oci.",
};

bool is_obeyed(std::string_view key) {
    return std::any_of(std::begin(obeyed_keys), std::end(obeyed_keys),
                       [key](std::string_view obeyed) { return key.starts_with(obeyed); });
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ",") + word;
    return text;
}

void set_annotations(spec::Config& config, const image::ImageConfig& image, const Warn& warn) {
    namespace key = image::annotation;
    const std::pair<const char*, std::string> implied[] = {
        {key::os, image.platform.os},
        {key::architecture, image.platform.architecture},
        {key::variant, image.platform.variant},
        {key::os_version, image.platform.os_version},
        {key::os_features, joined(image.platform.os_features)},
        {key::author, image.author},
        {key::created, image.created},
        {key::stop_signal, image.stop_signal},
        {key::exposed_ports, joined(image.exposed_ports)},
    };
    for (const auto& [name, value] : implied)
        if (!value.empty())
            config.annotations[name] = value;
    for (const auto& [name, value] : image.labels) {
        if (is_obeyed(name))
            warn("the image's label " + ocikit::quoted(name) +
                 " is left out, as runtimes act on it; --label sets it");
        else
            config.annotations[name] = value;
    }
}

bool names(const std::string& variable, std::string_view name) {
    return variable.starts_with(name) && variable.size() > name.size() && variable[name.size()] == '=';
}

void set_env(spec::Process& process, const image::ImageConfig& image) {
    std::vector<std::string> env = image.env;
    for (const std::string& own : process.env) {
        const std::string_view name = std::string_view(own).substr(0, own.find('='));
        if (std::none_of(env.begin(), env.end(),
                         [name](const std::string& variable) { return names(variable, name); }))
            env.push_back(own);
    }
    process.env = std::move(env);
}

// conversion.md: additionalGids are for a user by name, and without a group.
spec::User user_of(const std::string& text, const std::string& rootfs) {
    try {
        spec::User user = find_user(text, rootfs);
        if (is_id(text) || text.find(':') != text.npos)
            user.additionalGids.clear();
        return user;
    } catch (const Error& error) {
        throw error.within("the image's user " + ocikit::quoted(text));
    }
}

bool is_in(std::string_view path, std::string_view directory) {
    return path == directory || (path.starts_with(directory) && path[directory.size()] == '/');
}

// A volume over the kernel's file systems would hide them (CVE-2019-16884).
bool is_kernels(std::string_view path) {
    return path == "/" || is_in(path, "/proc") || is_in(path, "/sys") || is_in(path, "/dev");
}

void add_volumes(spec::Config& config, const image::ImageConfig& image, const VolumeOptions& options,
                 const Warn& warn) {
    for (const std::string& volume : image.volumes) {
        std::string path = std::filesystem::path('/' + volume).lexically_normal().string();
        while (path.size() > 1 && path.back() == '/')
            path.pop_back();
        // lexically_normal keeps two slashes at the beginning
        path.erase(0, path.find_first_not_of('/') == path.npos ? 0 : path.find_first_not_of('/') - 1);
        if (is_kernels(path)) {
            warn("the image's volume " + ocikit::quoted(volume) +
                 " is left out, as it would hide what every container has");
            continue;
        }
        const auto taken = [&path](const spec::Mount& mount) { return mount.destination == path; };
        if (std::none_of(config.mounts.begin(), config.mounts.end(), taken))
            config.mounts.push_back({.destination = path,
                                     .type = "tmpfs",
                                     .source = "tmpfs",
                                     .options = options(path),
                                     .uidMappings = {},
                                     .gidMappings = {}});
    }
}

}  // namespace

void apply_image_config(Draft& draft, const image::ImageConfig& image, const VolumeOptions& volumes,
                        const std::string& bundle, const Warn& warn) {
    if (image.platform.os != "linux")
        throw Error("the image is for " + ocikit::quoted(image.platform.os) +
                    ", and bundles are made for linux alone");
    draft.change([&](spec::Config& config) {
        if (!config.process)
            config.process.emplace();
        if (!config.root)
            config.root.emplace().path = "rootfs";
        spec::Process& process = *config.process;
        process.cwd = image.working_directory.empty() ? "/" : image.working_directory;
        set_env(process, image);
        std::vector<std::string> args = image.entrypoint;
        args.insert(args.end(), image.command.begin(), image.command.end());
        if (!args.empty())
            process.args = std::move(args);
        if (!image.user.empty())
            process.user = user_of(image.user, root_path(bundle, *config.root));
        set_annotations(config, image, warn);
        if (volumes)
            add_volumes(config, image, volumes, warn);
    });
    draft.beside.entrypoint = image.entrypoint;
}

}  // namespace ocikit::gen
