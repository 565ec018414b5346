#include <algorithm>
#include <filesystem>
#include <string_view>
#include <sys/mount.h>

#include <ocikit/mount_option.hpp>

#include "plan/make_plan.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

using Kind = MountOption::Kind;

std::string absolute(const std::string& path, const std::string& base) {
    return path.starts_with('/') ? path : base + "/" + path;
}

void add_attribute(MountAttributes& attributes, const MountOption& option) {
    // a later option wins over an earlier one
    attributes.set &= ~option.value;
    attributes.clear &= ~option.value;
    if (option.value & MOUNT_ATTR__ATIME) {
        attributes.set &= ~static_cast<std::uint64_t>(MOUNT_ATTR__ATIME);
        attributes.clear |= MOUNT_ATTR__ATIME;
    }
    (option.clear ? attributes.clear : attributes.set) |= option.value;
}

// Splits `key=value`; anything that isn't a known option goes to the filesystem.
FsParameter parameter(const std::string& option) {
    const auto equals = option.find('=');
    if (equals == std::string::npos)
        return {option, ""};
    return {option.substr(0, equals), option.substr(equals + 1)};
}

void add_option(MountStep& step, const std::string& text, const std::string& pointer, bool bind) {
    const MountOption* const option = find_mount_option(text);
    if (!option) {
        if (bind)
            refuse(pointer, "\"" + text + "\" is no option of a bind mount",
                   "data for a filesystem can be given only where one is mounted");
        step.parameters.push_back(parameter(text));
        return;
    }
    switch (option->kind) {
        case Kind::none:
            break;
        case Kind::attribute:
            add_attribute(option->recursive ? step.recursive_attributes : step.attributes, *option);
            break;
        case Kind::propagation:
            (option->recursive ? step.recursive_attributes : step.attributes).propagation = option->value;
            break;
        case Kind::bind:
            step.recursive_bind = step.recursive_bind || option->recursive;
            break;
        case Kind::superblock:
            if (option->clear)  // the default of a new instance
                break;
            if (bind)
                refuse(pointer,
                       "\"" + text + "\" is of the filesystem as a whole and can't be set by a bind mount");
            if (text == "iversion")
                refuse(pointer, "\"iversion\" is not supported by this version of oci-run");
            if (text != "async")
                step.parameters.emplace_back(option->flag, "");
            break;
        case Kind::mapped:
        case Kind::extension:
            refuse(pointer, "\"" + text + "\" is not supported by this version of oci-run");
    }
}

bool is_bind(const spec::Mount& mount) {
    if (mount.type == "bind")
        return true;
    for (const auto& text : mount.options) {
        const MountOption* const option = find_mount_option(text);
        if (option && option->kind == Kind::bind)
            return true;
    }
    return false;
}

// What oci-run itself writes to below /proc a mount could redirect (CVE-2019-16884,
// CVE-2025-52881); these are read by programs only, and replaced by lxcfs for one.
void check_below_proc(const std::string& destination, const std::string& pointer) {
    static constexpr std::string_view allowed[] = {"/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg",
                                                   "/proc/meminfo", "/proc/slabinfo",  "/proc/stat",
                                                   "/proc/swaps",   "/proc/uptime"};
    const std::string path = std::filesystem::path("/" + destination).lexically_normal().string();
    if (path.starts_with("/proc/") && path != "/proc/" &&
        std::find(std::begin(allowed), std::end(allowed), path) == std::end(allowed))
        refuse(pointer, "\"" + destination + "\" is inside /proc, where a mount could deceive oci-run");
}

MountStep plan_mount(const spec::Mount& mount, std::size_t index, const std::string& bundle) {
    const std::string pointer = "/mounts/" + std::to_string(index);
    if (!mount.uidMappings.empty() || !mount.gidMappings.empty())
        refuse(pointer + "/uidMappings", "not supported by this version of oci-run");
    if (mount.destination.empty())
        refuse(pointer + "/destination", "empty");
    refuse_root_directory(mount.destination, pointer + "/destination");
    check_below_proc(mount.destination, pointer + "/destination");
    MountStep step;
    step.index = index;
    step.destination = mount.destination;
    step.type = mount.type.value_or("");
    const bool bind = is_bind(mount);
    for (std::size_t i = 0; i < mount.options.size(); ++i)
        add_option(step, mount.options[i], pointer + "/options/" + std::to_string(i), bind);
    if (bind) {
        if (!mount.source || mount.source->empty())
            refuse(pointer, "a bind mount needs a source");
        step.kind = MountStep::Kind::bind;
        step.source = absolute(*mount.source, bundle);
        return step;
    }
    if (step.type.empty())
        refuse(pointer, "a mount needs a type, or the option bind or rbind");
    if (step.type == "cgroup" || step.type == "cgroup2")
        step.kind = MountStep::Kind::cgroup;
    step.refuse_links = step.type == "proc" || step.type == "sysfs";
    step.source = mount.source.value_or(step.type);
    return step;
}

}  // namespace

std::vector<MountStep> plan_mounts(const std::vector<spec::Mount>& mounts, const std::string& bundle) {
    std::vector<MountStep> steps;
    for (std::size_t i = 0; i < mounts.size(); ++i)
        steps.push_back(plan_mount(mounts[i], i, bundle));
    return steps;
}

}  // namespace ocikit::run
