// What the container is kept from.
#include <algorithm>
#include <array>

#include <ocikit/text.hpp>

#include "oci-gen/flags/groups.hpp"
#include "oci-gen/flags/host_device.hpp"
#include "oci-gen/flags/selinux.hpp"
#include "oci-gen/seccomp_policy.hpp"
#include "oci-gen/values.hpp"

namespace ocikit::gen {

namespace {

// Made by every runtime, or for one process only.
bool is_own_device(std::string_view path) {
    static const std::array own{"/console", "/full", "/null",    "/ptmx",
                                "/random",  "/tty",  "/urandom", "/zero"};
    return std::find(own.begin(), own.end(), path) != own.end() || path.starts_with("/pts/") ||
           path.starts_with("/shm/") || path.starts_with("/mqueue/");
}

void add_host_devices(FlagContext& context) {
    spec::Linux& section = context.linux();
    for (const NamedDevice& device : host_devices("/dev")) {
        const std::string path = "/dev" + device.path;
        const auto same = [&](const spec::Device& other) { return other.path == path; };
        if (!is_own_device(device.path) && std::none_of(section.devices.begin(), section.devices.end(), same))
            section.devices.push_back(node(device.device, path));
    }
    context.resources().devices = {{.allow = true, .type = {}, .major = {}, .minor = {}, .access = "rwm"}};
}

void set_privileged(FlagContext& context, const FlagValues& values) {
    if (values.back() != "true")
        return;
    add_all_capabilities(context);
    context.process().noNewPrivileges = false;
    context.process().apparmorProfile.reset();
    remove_labels(context);
    spec::Linux& section = context.linux();
    section.maskedPaths.clear();
    section.readonlyPaths.clear();
    section.seccomp.reset();
    context.beside.seccomp.reset();
    for (spec::Mount& mount : context.config.mounts)
        if (mount.type == "sysfs" || mount.type == "cgroup")
            std::replace(mount.options.begin(), mount.options.end(), std::string("ro"), std::string("rw"));
    // in a user namespace nodes can't be made, nor would its root be allowed to use them
    const auto& namespaces = section.namespaces;
    if (std::none_of(namespaces.begin(), namespaces.end(),
                     [](const spec::Namespace& one) { return one.type == spec::NamespaceType::user; }))
        add_host_devices(context);
}

void use_policy(FlagContext& context, const std::string& path) {
    context.linux().seccomp.reset();
    context.beside.seccomp = load_seccomp_policy(path);
}

void set_seccomp_option(FlagContext& context, const std::string& value) {
    if (value == "unconfined") {
        context.linux().seccomp.reset();
        context.beside.seccomp.reset();
    } else if (value == "builtin" || value == "default") {
        context.linux().seccomp.reset();
        context.beside.seccomp = default_seccomp_policy();
    } else {
        use_policy(context, value);
    }
}

void set_apparmor(FlagContext& context, const std::string& value) {
    context.process().apparmorProfile = value;
}

void set_no_new_privileges(FlagContext& context, const std::string& value) {
    if (value != "true" && value != "false" && !value.empty())
        throw unusable("security-opt", "no-new-privileges: " + quoted(value) + " is neither true nor false");
    context.process().noNewPrivileges = value != "false";
}

void set_mask(FlagContext& context, const std::string& value) {
    for (const std::string& path : split(value, ':')) {
        if (!path.starts_with('/'))
            throw unusable("security-opt",
                           "mask: " + quoted(path) + " is not absolute, it must begin with /");
        std::vector<std::string>& masked = context.linux().maskedPaths;
        if (std::find(masked.begin(), masked.end(), path) == masked.end())
            masked.push_back(path);
    }
}

// Whether a path matches, where a pattern's * stands for any part of a name.
bool matches(std::string_view path, std::string_view pattern) {
    if (pattern.empty() || path.empty())
        return pattern.empty() && path.empty();
    if (pattern[0] != '*')
        return pattern[0] == path[0] && matches(path.substr(1), pattern.substr(1));
    return matches(path, pattern.substr(1)) || (path[0] != '/' && matches(path.substr(1), pattern));
}

void set_unmask(FlagContext& context, const std::string& value) {
    spec::Linux& section = context.linux();
    for (const std::string& pattern : split(value, ':')) {
        const bool everything = pattern == "ALL" || pattern == "all";
        if (!everything && !pattern.starts_with('/'))
            throw unusable("security-opt",
                           "unmask: " + quoted(pattern) + " is not absolute, it must begin with / or be ALL");
        const auto unmasked = [&](const std::string& path) { return everything || matches(path, pattern); };
        std::erase_if(section.maskedPaths, unmasked);
        std::erase_if(section.readonlyPaths, unmasked);
    }
}

void set_system_paths(FlagContext& context, const std::string& value) {
    if (value != "unconfined")
        throw unusable("security-opt", "systempaths: expected unconfined, found " + quoted(value));
    set_unmask(context, "ALL");
}

void set_proc_options(FlagContext& context, const std::string& value) {
    const auto& mounts = context.config.mounts;
    const auto proc = std::find_if(mounts.begin(), mounts.end(),
                                   [](const spec::Mount& mount) { return mount.destination == "/proc"; });
    if (proc == mounts.end())
        throw unusable("security-opt", "proc-opts: there is no mount on /proc");
    auto& options = context.config.mounts[static_cast<std::size_t>(proc - mounts.begin())].options;
    for (const std::string& option : split(value, ','))
        options.push_back(option);
}

struct SecurityOption {
    std::string_view name;
    void (*apply)(FlagContext& context, const std::string& value);
};
constexpr auto security_options = std::to_array<SecurityOption>({
    {"seccomp", set_seccomp_option},
    {"apparmor", set_apparmor},
    {"label", set_label},
    {"no-new-privileges", set_no_new_privileges},
    {"mask", set_mask},
    {"unmask", set_unmask},
    {"systempaths", set_system_paths},
    {"proc-opts", set_proc_options},
});

void set_security_options(FlagContext& context, const FlagValues& values) {
    for (const std::string& value : values) {
        // docker takes a colon, too
        const std::size_t end = std::min(value.find_first_of("=:"), value.size());
        const std::string name = value.substr(0, end);
        const auto known = std::find_if(security_options.begin(), security_options.end(),
                                        [&](const SecurityOption& option) { return option.name == name; });
        std::vector<std::string> names;
        for (const SecurityOption& option : security_options)
            names.emplace_back(option.name);
        if (known == security_options.end())
            throw unusable("security-opt", "there is no " + quoted(name) + ", expected " + one_of(names));
        if (end == value.size() && name != "no-new-privileges")
            throw unusable("security-opt", "expected " + name + "=VALUE, found " + quoted(value));
        known->apply(context, value.substr(std::min(end + 1, value.size())));
    }
}

void set_seccomp(FlagContext& context, const FlagValues& values) {
    use_policy(context, values.back());
}

constexpr Flag flags[] = {
    {.option = {.name = "privileged",
                .help =
                    "keep the container from nothing: all capabilities, the host's devices, no seccomp, no "
                    "hidden paths, a writable /sys"},
     .sets = "/process/capabilities/bounding /process/capabilities/effective /process/capabilities/permitted "
             "/process/noNewPrivileges /process/apparmorProfile /process/selinuxLabel /linux/mountLabel "
             "/linux/maskedPaths /linux/readonlyPaths /linux/seccomp /linux/devices /linux/resources/devices "
             "/mounts",
     .apply = set_privileged},
    {.option = {.name = "security-opt",
                .argument = "OPTION",
                .help = "seccomp=FILE, seccomp=unconfined, seccomp=default, apparmor=PROFILE, label=disable, "
                        "label=user:USER (role, type, level, filetype), no-new-privileges[=false], "
                        "mask=PATH[:PATH...], "
                        "unmask=ALL or PATH[:PATH...], systempaths=unconfined, proc-opts=OPTION[,OPTION...]",
                .repeatable = true},
     .sets = "/linux/seccomp /process/apparmorProfile /process/selinuxLabel /linux/mountLabel "
             "/process/noNewPrivileges /linux/maskedPaths /linux/readonlyPaths /mounts",
     .apply = set_security_options},
    {.option = {.name = "seccomp",
                .argument = "FILE",
                .help = "the seccomp section from a file: as in a config.json, or with docker's conditions, "
                        "which are resolved for the capabilities, the architecture and the kernel"},
     .sets = "/linux/seccomp",
     .apply = set_seccomp},
};

}  // namespace

FlagGroup security_flags() {
    return {.title = "Security", .flags = flags};
}

}  // namespace ocikit::gen
