#include <cerrno>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"
#include "kernel/mount.hpp"

namespace ocikit::run {

namespace {

void refuse_own_root(int directory, const std::string& path) {
    struct stat root, own;
    if (::fstat(directory, &root) < 0 || ::stat("/", &own) < 0)
        throw Error::last("stat", path);
    if (root.st_dev == own.st_dev && root.st_ino == own.st_ino)
        throw Error("config.json: /root/path: " + path + " is the host's own root directory");
}

}  // namespace

UniqueFd prepare_root(const InitPlan& plan) {
    // Nothing mounted from here on may reach the host. A root that is to get the
    // host's later mounts stays a slave of it (rootfsPropagation).
    const bool slave = plan.root_propagation == MS_SLAVE || plan.root_propagation == MS_SHARED;
    if (::mount(nullptr, "/", nullptr, MS_REC | (slave ? MS_SLAVE : MS_PRIVATE), nullptr) < 0)
        throw Error::last("keep the container's mounts from the host", "/",
                          errno == EINVAL
                              ? "the root directory of oci-run has to be a mount point; that of a chroot "
                                "is one after `mount --bind DIR DIR`"
                              : "");
    const UniqueFd directory(::open(plan.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory)
        throw Error::last("open the root filesystem", plan.root);
    refuse_own_root(directory.get(), plan.root);
    // pivot_root(2) wants a mount point
    DetachedMount root = DetachedMount::copy(directory.get(), true);
    root.attach(directory.get(), plan.root);
    return root.release();
}

void enter_root(int root, const InitPlan& plan) {
    if (::fchdir(root) < 0)
        throw Error::last("enter the root filesystem", plan.root);
    // The old root ends up on top of the new one, and goes (pivot_root(2), NOTES).
    if (::syscall(SYS_pivot_root, ".", ".") < 0)
        throw Error::last("pivot_root", plan.root);
    if (::umount2(".", MNT_DETACH) < 0)
        throw Error::last("unmount the host's root", plan.root);
    if (::chdir("/") < 0)
        throw Error::last("chdir", "/");
    if (plan.root_readonly)
        set_mount_attributes(root, {.set = MOUNT_ATTR_RDONLY}, false, "root filesystem");
    if (plan.root_propagation != 0 && ::mount(nullptr, "/", nullptr, plan.root_propagation, nullptr) < 0)
        throw Error::last("apply /linux/rootfsPropagation", "root filesystem");
}

}  // namespace ocikit::run
