#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <string_view>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"
#include "kernel/mount.hpp"
#include "kernel/mount_table.hpp"

namespace ocikit::run {

namespace {

bool is_below(std::string_view path, std::string_view directory) {
    return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

// chroot(2) only hides the host's mounts. A whole procfs or sysfs among them would let the
// container mount another one that isn't masked (mount_namespaces(7)).
void hide_full_filesystems(int root) {
    char own[PATH_MAX];
    const ssize_t n = ::readlink(("/proc/self/fd/" + std::to_string(root)).c_str(), own, sizeof own);
    if (n < 0)
        throw Error::last("find the path of", "root filesystem");
    const std::string_view directory(own, static_cast<std::size_t>(n));
    for (const auto& mount : read_mount_table()) {
        if ((mount.type != "proc" && mount.type != "sysfs") || mount.root != "/" ||
            is_below(mount.point, directory))
            continue;
        if (::umount2(mount.point.c_str(), MNT_DETACH) == 0 || errno == ENOENT)
            continue;
        // one of a more privileged user namespace can't be unmounted, but covered
        if (::mount("none", mount.point.c_str(), "tmpfs", MS_RDONLY, nullptr) < 0 && errno != ENOENT)
            throw Error::last("hide from the container", mount.point);
    }
}

// In a mount namespace of others nothing is moved: they have / as it is.
void change_root(const InitPlan& plan, bool move) {
    if ((move && ::mount(".", "/", nullptr, MS_MOVE, nullptr) < 0) || ::chroot(".") < 0)
        throw Error::last("make it the root directory", plan.root);
}

void pivot_root(const InitPlan& plan) {
    // The old root ends up on top of the new one, and goes (pivot_root(2), NOTES).
    if (::syscall(SYS_pivot_root, ".", ".") < 0)
        throw Error::last("pivot_root", plan.root,
                          errno == EINVAL ? "where / is an initial ramdisk, --no-pivot does without it" : "");
    if (::umount2(".", MNT_DETACH) < 0)
        throw Error::last("unmount the host's root", plan.root);
}

}  // namespace

UniqueFd prepare_root(const InitPlan& plan, const Sources& sources) {
    if ((plan.new_namespaces & CLONE_NEWNS) == 0)  // the command has mounted it (SharedRoot)
        return open_root_directory(plan.root);
    const std::uint64_t propagation = plan.root_propagation & ~std::uint64_t{MS_REC};
    // Nothing mounted from here on may reach the host. A root that is to get the
    // host's later mounts stays a slave of it (rootfsPropagation).
    const std::uint64_t kept = propagation == MS_SLAVE || propagation == MS_SHARED ? MS_SLAVE : MS_PRIVATE;
    if (::mount(nullptr, "/", nullptr, MS_REC | kept, nullptr) < 0)
        throw Error::last("keep the container's mounts from the host", "/",
                          errno == EINVAL
                              ? "the root directory of oci-run has to be a mount point; that of a chroot "
                                "is one after `mount --bind DIR DIR`"
                              : "");
    UniqueFd opened;
    if (sources.root)
        refuse_own_root(sources.root.get(), plan.root);
    else
        opened = open_root_directory(plan.root);
    const int directory = sources.root ? sources.root.get() : opened.get();
    // pivot_root(2) wants a mount point
    DetachedMount root = DetachedMount::copy(directory, true);
    if (propagation != kept && (plan.root_propagation & MS_REC) != 0) {
        // what is mounted below it already; the root itself gets it last, as pivot_root(2) and
        // open_tree(2) have to be done with it
        root.set({.propagation = propagation}, true);
        root.set({.propagation = kept}, false);
    }
    root.attach(directory, plan.root);
    return root.release();
}

void enter_root(int root, const InitPlan& plan) {
    const bool own_namespace = (plan.new_namespaces & CLONE_NEWNS) != 0;
    if (own_namespace && !plan.pivot)
        hide_full_filesystems(root);
    if (::fchdir(root) < 0)
        throw Error::last("enter the root filesystem", plan.root);
    if (own_namespace && plan.pivot)
        pivot_root(plan);
    else
        change_root(plan, own_namespace);
    if (::chdir("/") < 0)
        throw Error::last("chdir", "/");
    if (plan.root_readonly)
        set_mount_attributes(root, {.set = MOUNT_ATTR_RDONLY}, false, "root filesystem");
    const std::uint64_t propagation = plan.root_propagation & ~std::uint64_t{MS_REC};
    if ((propagation == MS_SHARED || propagation == MS_UNBINDABLE) &&
        ::mount(nullptr, "/", nullptr, propagation, nullptr) < 0)
        throw Error::last("apply /linux/rootfsPropagation", "root filesystem");
}

}  // namespace ocikit::run
