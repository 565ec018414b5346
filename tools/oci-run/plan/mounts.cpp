#include "plan/mounts.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <sys/mount.h>

#include <ocikit/mount_option.hpp>
#include <ocikit/text.hpp>

#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

using Kind = MountStep::Kind;
using OptionKind = MountOption::Kind;

std::string absolute(const std::string& path, const std::string& base) {
    return path.starts_with('/') ? path : base + "/" + path;
}

// As it is inside the container if no link is on the way: absolute, without `..` and doubled
// or trailing slashes.
std::string normal(const std::string& destination) {
    std::string path = std::filesystem::path("/" + destination).lexically_normal().string();
    path.erase(0, path.find_first_not_of('/') == std::string::npos ? path.size() - 1
                                                                   : path.find_first_not_of('/') - 1);
    while (path.size() > 1 && path.ends_with('/'))
        path.pop_back();
    return path;
}

bool has_kind(const spec::Mount& mount, OptionKind kind) {
    return std::any_of(mount.options.begin(), mount.options.end(), [kind](const std::string& text) {
        const MountOption* const option = find_mount_option(text);
        return option && option->kind == kind;
    });
}

// A filesystem's own `name=value`. A bind mount makes none: mount(2) takes such data and ignores it.
bool is_data(const std::string& text) {
    return text.find('=') != std::string::npos && !find_mount_option(text) && !is_mapping_option(text);
}

Kind kind_of(const spec::Mount& mount) {
    const bool typed = !mount.type.value_or("").empty();
    const bool bind = mount.type == "bind" || has_kind(mount, OptionKind::bind);
    if (std::find(mount.options.begin(), mount.options.end(), "remount") != mount.options.end() ||
        (!typed && !bind && has_kind(mount, OptionKind::propagation)))
        return Kind::change;
    if (bind)
        return Kind::bind;
    return mount.type == "cgroup" || mount.type == "cgroup2" ? Kind::cgroup : Kind::filesystem;
}

// What runtimes themselves write to below /proc a mount could redirect (CVE-2019-16884,
// CVE-2025-52881); these are read by programs only, and replaced by lxcfs for one.
void check_below_proc(const MountStep& step, const std::string& path, const std::string& proc,
                      const std::string& pointer) {
    static constexpr std::string_view allowed[] = {"cpuinfo",
                                                   "diskstats",
                                                   "loadavg",
                                                   "meminfo",
                                                   "slabinfo",
                                                   "stat",
                                                   "swaps",
                                                   "sys/crypto/fips_enabled",
                                                   "sys/kernel/ns_last_pid",
                                                   "uptime"};
    if (step.kind == Kind::change || !path.starts_with(proc + "/"))
        return;
    if (std::find(std::begin(allowed), std::end(allowed), std::string_view(path).substr(proc.size() + 1)) ==
        std::end(allowed))
        refuse(pointer, ocikit::quoted(step.destination) + " is inside " + proc +
                            ", where a mount could deceive runtimes and programs");
}

void check_onto_proc(MountStep& step, const std::string& path, const std::string& pointer) {
    if (path != "/proc" || step.kind == Kind::change || step.type == "proc")
        return;
    if (step.kind != Kind::bind)
        refuse(pointer, ocikit::quoted(step.destination) + " is only for a mount of type proc",
               "anything else there could deceive runtimes and programs");
    step.onto_proc = true;
}

// config.md#posix-platform-mounts: a mapping of the mount's own wins over the container's.
void plan_mapping(MountStep& step, const spec::Mount& mount, const spec::Config& config,
                  const std::string& pointer) {
    const bool own = !mount.uidMappings.empty() || !mount.gidMappings.empty();
    if (!own && !step.mapping)
        return;
    if (step.kind != Kind::bind && step.kind != Kind::filesystem)
        refuse(pointer, "an ID mapping is for bind mounts and filesystems only");
    if (mount.uidMappings.empty() != mount.gidMappings.empty())
        refuse(pointer + (mount.uidMappings.empty() ? "/uidMappings" : "/gidMappings"),
               "missing: uidMappings and gidMappings go together");
    if (step.mapping && !step.mapping->uids.empty()) {
        if (own)
            refuse(pointer + "/options", "there is a mapping in an option, and another in uidMappings");
        return;
    }
    if (!step.mapping)
        step.mapping.emplace();
    if (own) {
        step.mapping->uids = mount.uidMappings;
        step.mapping->gids = mount.gidMappings;
        return;
    }
    const spec::Linux linux = config.linux.value_or(spec::Linux{});
    const auto user = std::find_if(linux.namespaces.begin(), linux.namespaces.end(),
                                   [](const auto& ns) { return ns.type == spec::NamespaceType::user; });
    if (user == linux.namespaces.end())
        refuse(pointer + "/options",
               "idmap and ridmap need a mapping: the mount has none, nor has the container a user namespace",
               "give uidMappings and gidMappings");
    step.mapping->path = user->path.value_or("");
    step.mapping->uids = linux.uidMappings;
    step.mapping->gids = linux.gidMappings;
}

// Of these every mount is an instance of the container's own, or one that everybody shares
// and nobody may write to because of a flag: `ro` is the mount's. Others are read-only as a
// whole, which a device or a network server may insist on.
bool is_kernels_own(const std::string& type) {
    static constexpr std::string_view types[] = {"devpts", "mqueue", "proc", "ramfs", "sysfs", "tmpfs"};
    return std::find(std::begin(types), std::end(types), type) != std::end(types);
}

// config-linux.md#mount-label. Files of procfs and sysfs have labels of the policy's own.
void plan_label(MountStep& step, const std::string& label) {
    if (label.empty() || step.kind != Kind::filesystem || step.type == "proc" || step.type == "sysfs")
        return;
    if (step.type == "mqueue")
        step.file_label = label;
    else
        step.parameters.emplace_back("context", label);
}

void plan_filesystem(MountStep& step, const spec::Mount& mount, const std::string& pointer) {
    if (step.type.empty())
        refuse(pointer, "a mount needs a type, or the option bind or rbind");
    step.refuse_links = step.type == "proc" || step.type == "sysfs";
    step.source = mount.source.value_or(step.type);
    step.inherit_mode = step.type == "tmpfs" && (!step.onto_root || step.copy_up) &&
                        std::none_of(step.parameters.begin(), step.parameters.end(),
                                     [](const FsParameter& parameter) { return parameter.first == "mode"; });
    if ((step.attributes.set & MOUNT_ATTR_RDONLY) != 0 && step.kind == Kind::filesystem &&
        !is_kernels_own(step.type))
        step.parameters.emplace_back("ro", "");
}

void plan_bind(MountStep& step, const spec::Mount& mount, const std::string& bundle,
               const std::string& pointer) {
    if (!mount.source || mount.source->empty())
        refuse(pointer, "a bind mount needs a source");
    step.source = absolute(*mount.source, bundle);
}

// A whole filesystem can be changed only where it is this container's alone.
void plan_change(const MountStep& step, const std::vector<MountStep>& earlier, const std::string& pointer) {
    if (step.parameters.empty())
        return;
    const auto last = std::find_if(earlier.rbegin(), earlier.rend(), [&](const MountStep& other) {
        return other.kind != Kind::change && normal(other.destination) == normal(step.destination);
    });
    if (last == earlier.rend() || last->kind != Kind::filesystem)
        refuse(
            pointer,
            ocikit::quoted(step.parameters.front().first) + " would change the filesystem for everybody else",
            "it can be given with remount only where a filesystem is mounted by an earlier entry");
}

}  // namespace

std::string describe(const MountStep& step) {
    return "mounts[" + std::to_string(step.index) + "] (" + step.destination + ")";
}

std::vector<MountStep> plan_mounts(const spec::Config& config, const std::string& bundle,
                                   std::vector<std::string>& warnings) {
    std::vector<MountStep> steps;
    std::vector<std::string> procs{"/proc"};  // where there is a procfs
    for (std::size_t i = 0; i < config.mounts.size(); ++i) {
        const spec::Mount& mount = config.mounts[i];
        const std::string pointer = "/mounts/" + std::to_string(i);
        const std::string place = pointer + "/destination";
        if (mount.destination.empty())
            refuse(place, "empty");
        if (!mount.destination.starts_with('/'))
            warnings.push_back("config.json: " + place + ": " + ocikit::quoted(mount.destination) +
                               " is relative, which is deprecated; taken as /" + mount.destination);
        MountStep step;
        step.index = i;
        step.kind = kind_of(mount);
        step.destination = mount.destination;
        step.type = step.kind == Kind::filesystem || step.kind == Kind::cgroup ? mount.type.value_or("") : "";
        const std::string path = normal(mount.destination);
        step.onto_root = path == "/";
        if (step.onto_root && (step.kind == Kind::cgroup || step.type == "proc" || step.type == "sysfs"))
            refuse(place, ocikit::quoted(mount.destination) + " is the container's root directory itself");
        for (const auto& proc : procs)
            check_below_proc(step, path, proc, place);
        check_onto_proc(step, path, place);
        for (std::size_t j = 0; j < mount.options.size(); ++j) {
            const std::string option = pointer + "/options/" + std::to_string(j);
            if (step.kind == Kind::bind && is_data(mount.options[j]))
                warnings.push_back("config.json: " + option + ": " + ocikit::quoted(mount.options[j]) +
                                   " has no effect on a bind mount");
            else
                add_option(step, mount.options[j], {option, step.kind, config});
        }
        plan_mapping(step, mount, config, pointer);
        if (step.kind == Kind::bind)
            plan_bind(step, mount, bundle, pointer);
        else if (step.kind == Kind::change)
            plan_change(step, steps, pointer + "/options");
        else
            plan_filesystem(step, mount, pointer);
        plan_label(step, config.linux ? config.linux->mountLabel.value_or("") : "");
        if (step.type == "proc" && path != "/proc")
            procs.push_back(path);
        steps.push_back(std::move(step));
    }
    return steps;
}

}  // namespace ocikit::run
