#include "kernel/root_path.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ocikit/error.hpp>

namespace ocikit::run {

namespace {

std::string_view relative(std::string_view path) {
    while (path.starts_with('/'))
        path.remove_prefix(1);
    while (path.ends_with('/'))
        path.remove_suffix(1);
    return path.empty() ? std::string_view(".") : path;
}

std::uint64_t mount_id(int fd) {
    struct statx status {};
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0)
        throw Error::last("find the mount of", "the root filesystem");
    return status.stx_mnt_id;
}

}  // namespace

UniqueFd RootPath::try_open(std::string_view path, std::uint64_t flags, Links links) const {
    const std::string name(relative(path));
    struct open_how how {};
    how.flags = flags | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    if (links == Links::refuse)
        how.resolve |= RESOLVE_NO_SYMLINKS;
    long fd;
    do {
        // EAGAIN: something on the way was renamed during the look-up (openat2(2))
        fd = ::syscall(SYS_openat2, fd_, name.c_str(), &how, sizeof how);
    } while (fd < 0 && (errno == EAGAIN || errno == EINTR));
    return UniqueFd(static_cast<int>(fd));
}

UniqueFd RootPath::open(std::string_view path, std::uint64_t flags, Links links) const {
    UniqueFd fd = try_open(path, flags, links);
    if (!fd) {
        const int code = errno;
        throw Error({.operation = "open in the root filesystem",
                     .object = std::string(path),
                     .reason = code == ELOOP && links == Links::refuse ? "a symbolic link is on the way" : "",
                     .code = code});
    }
    return fd;
}

// The directory that holds the last component of path, made where missing.
UniqueFd RootPath::make_parent(std::string_view path, std::string& leaf, Links links) {
    const std::string_view name = relative(path);
    const auto slash = name.rfind('/');
    leaf = slash == std::string_view::npos ? name : name.substr(slash + 1);
    if (leaf == "." || leaf == "..")
        throw Error({.operation = "make in the root filesystem",
                     .object = std::string(path),
                     .reason = "not a name"});
    return make_directory(slash == std::string_view::npos ? "." : name.substr(0, slash), links);
}

UniqueFd RootPath::make_directory(std::string_view path, Links links) {
    if (UniqueFd fd = try_open(path, O_PATH | O_DIRECTORY, links))
        return fd;
    if (errno != ENOENT) {
        const int code = errno;
        throw Error({.operation = "open the directory in the root filesystem",
                     .object = std::string(path),
                     .reason = code == ELOOP && links == Links::refuse ? "a symbolic link is on the way" : "",
                     .code = code});
    }
    std::string leaf;
    const UniqueFd parent = make_parent(path, leaf, links);
    if (::mkdirat(parent.get(), leaf.c_str(), 0755) == 0)
        add_made(parent.get(), path);
    else if (errno != EEXIST)
        throw Error::last("make the directory in the root filesystem", path);
    // O_NOFOLLOW: a link that leads nowhere is refused, not followed
    UniqueFd fd(::openat(parent.get(), leaf.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd)
        throw Error::last("open the directory in the root filesystem", path);
    return fd;
}

UniqueFd RootPath::make_file(std::string_view path) {
    if (UniqueFd fd = try_open(path, O_PATH)) {
        struct stat st;
        if (::fstat(fd.get(), &st) == 0 && S_ISDIR(st.st_mode)) {
            errno = EISDIR;
            throw Error::last("open the file in the root filesystem", path);
        }
        return fd;
    }
    if (errno != ENOENT)
        throw Error::last("open the file in the root filesystem", path);
    std::string leaf;
    const UniqueFd parent = make_parent(path, leaf, Links::follow);
    // O_EXCL: never through a link (CVE-2024-45310)
    const UniqueFd made(
        ::openat(parent.get(), leaf.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!made)
        throw Error::last("make the file in the root filesystem", path);
    add_made(parent.get(), path);
    UniqueFd fd(::openat(parent.get(), leaf.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!fd)
        throw Error::last("open the file in the root filesystem", path);
    return fd;
}

bool RootPath::is_below_mount(std::string_view path) const {
    return std::any_of(mounts_.begin(), mounts_.end(), [path](const std::string& mount) {
        return path.size() > mount.size() && path.starts_with(mount) && path[mount.size()] == '/';
    });
}

void RootPath::add_made(int parent, std::string_view path) {
    path = relative(path);
    // by name is the quick way; links can lead into a mount as well
    if (is_below_mount(path) || mount_id(parent) != mount_id(fd_))
        return;
    made_.emplace_back(path);
}

void RootPath::add_mount(std::string_view path) {
    mounts_.emplace_back(relative(path));
}

void RootPath::leave_open(UniqueFd fd) {
    constexpr std::size_t most = 64;  // far from any limit on open files
    if (left_open_.size() < most)
        left_open_.push_back(std::move(fd));
}

void remove_made(int root, const std::vector<std::string>& made) {
    const RootPath paths(root);
    for (auto path = made.rbegin(); path != made.rend(); ++path) {
        const auto slash = path->rfind('/');
        const UniqueFd parent =
            paths.try_open(slash == std::string::npos ? "." : path->substr(0, slash), O_PATH | O_DIRECTORY);
        const std::string leaf = slash == std::string::npos ? *path : path->substr(slash + 1);
        struct stat st;
        if (!parent || ::fstatat(parent.get(), leaf.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (S_ISDIR(st.st_mode))
            ::unlinkat(parent.get(), leaf.c_str(), AT_REMOVEDIR);
        else if (S_ISREG(st.st_mode) && st.st_size == 0)
            ::unlinkat(parent.get(), leaf.c_str(), 0);
    }
}

}  // namespace ocikit::run
