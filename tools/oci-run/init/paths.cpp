// linux.maskedPaths and linux.readonlyPaths.
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"
#include "kernel/mount.hpp"

namespace ocikit::run {

namespace {

constexpr std::uint64_t closed = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

// A path that isn't there needs no protection; any other failure is an error
// (CVE-2025-31133: a mask that failed silently).
UniqueFd open_if_there(const std::string& path, const RootPath& root) {
    UniqueFd fd = root.try_open(path, O_PATH);
    if (!fd && errno != ENOENT && errno != ENOTDIR)
        throw Error::last("open in the root filesystem", path);
    return fd;
}

// The host's, by its numbers: what the container calls /dev/null may be anything.
UniqueFd open_null() {
    UniqueFd fd(::open("/dev/null", O_PATH | O_CLOEXEC));
    struct stat st;
    if (!fd || ::fstat(fd.get(), &st) < 0)
        throw Error::last("open", "/dev/null");
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
        throw Error({.operation = "mask paths with it",
                     .object = "/dev/null",
                     .reason = "it is not the null device"});
    return fd;
}

void attach_copy(int fd, int target, const std::string& path, RootPath& root) {
    DetachedMount copy = DetachedMount::copy(fd, false);
    copy.attach(target, path);
    root.leave_open(copy.release());
}

}  // namespace

void mask_paths(const std::vector<std::string>& paths, const std::string& label, RootPath& root) {
    std::optional<DetachedMount> empty;  // one read-only tmpfs for all directories
    UniqueFd null;
    for (const auto& path : paths) {
        UniqueFd target = open_if_there(path, root);
        if (!target)
            continue;
        struct stat st;
        if (::fstat(target.get(), &st) < 0)
            throw Error::last("stat", path);
        if (!S_ISDIR(st.st_mode)) {
            if (!null)
                null = open_null();
            attach_copy(null.get(), target.get(), path, root);
        } else if (!empty) {
            std::vector<FsParameter> parameters{{"mode", "755"}, {"nr_inodes", "1"}};
            if (!label.empty())
                parameters.emplace_back("context", label);
            empty = DetachedMount::create("tmpfs", "masked", parameters, closed);
            empty->attach(target.get(), path);
        } else {
            attach_copy(empty->fd(), target.get(), path, root);
        }
        root.leave_open(std::move(target));
    }
}

void make_paths_readonly(const std::vector<std::string>& paths, RootPath& root) {
    for (const auto& path : paths) {
        UniqueFd target = open_if_there(path, root);
        if (!target)
            continue;
        DetachedMount mount = DetachedMount::copy(target.get(), true);
        mount.set({.set = MOUNT_ATTR_RDONLY}, true);
        mount.attach(target.get(), path);
        root.leave_open(std::move(target));
        root.leave_open(mount.release());
    }
}

}  // namespace ocikit::run
