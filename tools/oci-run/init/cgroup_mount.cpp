// /sys/fs/cgroup of the container: what it may see of its own cgroup.
//
// v2: the cgroup's directory. v1: a small tmpfs with a directory for each hierarchy,
// and the cgroup's directory there. Binding the container's own directory does the
// same with and without a cgroup namespace, and never shows more than that.
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"
#include "kernel/mount.hpp"

namespace ocikit::run {

namespace {

constexpr std::uint64_t always = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

DetachedMount own_directory(const CgroupHierarchy& hierarchy, const CgroupRecord& record) {
    // by path: the layout's descriptor is of the host's mount namespace, from which nothing can be copied
    // without a cgroup of the container's own it is the caller's
    const std::string path = hierarchy.directory + "/" + (record.path.empty() ? hierarchy.own : record.path);
    return DetachedMount::copy(AT_FDCWD, path.c_str(), false, path);
}

// Programs look for each controller by its own name where several share a hierarchy.
void link_controllers(int directory, const std::string& name) {
    if (name.find(',') == std::string::npos)
        return;
    std::string_view rest = name;
    while (!rest.empty()) {
        const std::string one(rest.substr(0, rest.find(',')));
        rest.remove_prefix(std::min(rest.size(), one.size() + 1));
        if (::symlinkat(name.c_str(), directory, one.c_str()) < 0)
            throw Error::last("link", one);
    }
}

}  // namespace

void mount_cgroup(const MountStep& step, int target, const Cgroup& cgroup, RootPath& root) {
    const CgroupLayout& layout = cgroup.layout();
    if (layout.version == CgroupLayout::Version::none)
        throw Error("cgroup filesystem: no cgroup hierarchy is mounted on this machine");
    if (!step.parameters.empty())
        throw Error({.operation = "option \"" + step.parameters.front().first + "\"",
                     .reason = "not supported for a cgroup mount"});
    MountAttributes attributes = step.attributes;
    attributes.set |= always;
    if (layout.version == CgroupLayout::Version::v2) {
        DetachedMount mount = own_directory(layout.hierarchies.front(), cgroup.record());
        mount.set(attributes, false);
        mount.attach(target, step.destination);
        return;
    }
    DetachedMount top = DetachedMount::create("tmpfs", "cgroup", {{"mode", "755"}}, always);
    top.attach(target, step.destination);
    for (const auto& hierarchy : layout.hierarchies) {
        if (::mkdirat(top.fd(), hierarchy.name.c_str(), 0755) < 0)
            throw Error::last("make the directory", hierarchy.name);
        DetachedMount mount = own_directory(hierarchy, cgroup.record());
        mount.attach(top.fd(), hierarchy.name.c_str(), hierarchy.name);
        root.leave_open(mount.release());
        link_controllers(top.fd(), hierarchy.name);
    }
    top.set(attributes, true);
}

}  // namespace ocikit::run
