#include "kernel/root_path.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <optional>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
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

std::optional<std::string> read_link(int parent, const char* name) {
    char target[PATH_MAX];
    const ssize_t n = ::readlinkat(parent, name, target, sizeof target);
    return n < 0 ? std::nullopt : std::optional(std::string(target, static_cast<std::size_t>(n)));
}

[[noreturn]] void throw_open_error(const char* operation, std::string_view path, RootPath::Links links) {
    const int code = errno;
    const bool link = code == ELOOP && links == RootPath::Links::refuse;
    throw Error({.operation = operation,
                 .object = std::string(path),
                 .reason = link ? "a symbolic link is on the way" : "",
                 .code = code});
}

// What a path says can be judged before it is used, but not where its links lead.
void check_where_links_led(int fd, int root, std::string_view path) {
    struct statfs fs;
    struct stat target, top;
    if (::fstatfs(fd, &fs) < 0 || ::fstat(fd, &target) < 0 || ::fstat(root, &top) < 0)
        throw Error::last("stat in the root filesystem", path);
    // CVE-2019-19921, CVE-2023-27561
    if (fs.f_type == PROC_SUPER_MAGIC)
        throw Error({.operation = "open in the root filesystem",
                     .object = std::string(path),
                     .reason = "a symbolic link leads into a procfs"});
    if (target.st_dev == top.st_dev && target.st_ino == top.st_ino)
        throw Error({.operation = "open in the root filesystem",
                     .object = std::string(path),
                     .reason = "a symbolic link leads to the root directory itself"});
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
    if (!fd)
        throw_open_error("open in the root filesystem", path, links);
    return fd;
}

// As try_open; where there are links, it costs a second look.
UniqueFd RootPath::open_target(std::string_view path, std::uint64_t flags, Links links) const {
    UniqueFd fd = try_open(path, flags, Links::refuse);
    if (fd || errno != ELOOP || links == Links::refuse)
        return fd;
    fd = try_open(path, flags, Links::follow);
    if (fd)
        check_where_links_led(fd.get(), fd_, path);
    return fd;
}

// The directory that holds the last component of path, made where missing.
UniqueFd RootPath::make_parent(std::string_view path, std::string& leaf, Links links) {
    const std::string_view name = relative(path);
    const auto slash = name.rfind('/');
    leaf = slash == std::string_view::npos ? name : name.substr(slash + 1);
    return make_directory(slash == std::string_view::npos ? "." : name.substr(0, slash), links);
}

// Of what is no directory.
UniqueFd RootPath::make_named_parent(std::string_view path, std::string& leaf, Links links) {
    UniqueFd parent = make_parent(path, leaf, links);
    if (leaf == "." || leaf == "..")
        throw Error({.operation = "make in the root filesystem",
                     .object = std::string(path),
                     .reason = "its last part is no name"});
    return parent;
}

// The path that a link names which leads nowhere yet; it is looked up like any other.
std::string RootPath::where_link_leads(std::string_view path, int parent, const std::string& leaf) {
    constexpr unsigned most = 40;  // as the kernel follows (path_resolution(7))
    const auto text = read_link(parent, leaf.c_str());
    if (!text)
        throw Error::last("follow in the root filesystem", path);
    if (++links_completed_ > most) {
        errno = ELOOP;
        throw Error::last("follow in the root filesystem", path);
    }
    if (text->starts_with('/'))
        return *text;
    const std::string_view name = relative(path);
    return std::string(name.substr(0, name.size() - leaf.size())) + *text;
}

UniqueFd RootPath::make_directory(std::string_view path, Links links) {
    if (UniqueFd fd = open_target(path, O_PATH | O_DIRECTORY, links))
        return fd;
    if (errno != ENOENT)
        throw_open_error("open the directory in the root filesystem", path, links);
    std::string leaf;
    const UniqueFd parent = make_parent(path, leaf, links);
    if (leaf == "..")  // there as soon as what it is in
        return open(path, O_PATH | O_DIRECTORY, links);
    if (::mkdirat(parent.get(), leaf.c_str(), 0755) == 0)
        add_made(parent.get(), path);
    else if (errno != EEXIST)
        throw Error::last("make the directory in the root filesystem", path);
    else if (UniqueFd there = open_target(path, O_PATH | O_DIRECTORY, links))  // its parent was missing
        return there;
    else if (links == Links::complete)
        return make_directory(where_link_leads(path, parent.get(), leaf), links);
    // O_NOFOLLOW: a link that leads nowhere is refused, not followed
    UniqueFd fd(::openat(parent.get(), leaf.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd)
        throw Error::last("open the directory in the root filesystem", path);
    return fd;
}

UniqueFd RootPath::make_file(std::string_view path, Links links) {
    if (UniqueFd fd = open_target(path, O_PATH, links)) {
        struct stat st;
        if (::fstat(fd.get(), &st) == 0 && S_ISDIR(st.st_mode)) {
            errno = EISDIR;
            throw Error::last("open the file in the root filesystem", path);
        }
        return fd;
    }
    if (errno != ENOENT)
        throw_open_error("open the file in the root filesystem", path, links);
    std::string leaf;
    const UniqueFd parent = make_named_parent(path, leaf, links);
    // O_EXCL: never through a link (CVE-2024-45310)
    const UniqueFd made(
        ::openat(parent.get(), leaf.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!made && errno == EEXIST) {
        if (UniqueFd there = open_target(path, O_PATH, links))  // its parent was missing
            return there;
        if (links == Links::complete)
            return make_file(where_link_leads(path, parent.get(), leaf), links);
        errno = EEXIST;
    }
    if (!made)
        throw Error::last("make the file in the root filesystem", path);
    add_made(parent.get(), path);
    UniqueFd fd(::openat(parent.get(), leaf.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!fd)
        throw Error::last("open the file in the root filesystem", path);
    return fd;
}

UniqueFd RootPath::open_link(std::string_view path) const {
    UniqueFd fd = try_open(path, O_PATH | O_NOFOLLOW);
    if (fd)
        check_where_links_led(fd.get(), fd_, path);
    else if (errno != ENOENT)
        throw_open_error("open in the root filesystem", path, Links::follow);
    return fd;
}

void RootPath::make_link(std::string_view path, const std::string& target) {
    std::string leaf;
    const UniqueFd parent = make_named_parent(path, leaf, Links::complete);
    if (::symlinkat(target.c_str(), parent.get(), leaf.c_str()) == 0)
        return add_made_node(parent.get(), path);
    if (errno != EEXIST)
        throw Error::last("make the link in the root filesystem", path);
    if (read_link(parent.get(), leaf.c_str()) != target)
        throw Error({.operation = "make the link in the root filesystem",
                     .object = std::string(path),
                     .reason = "something else than a link to \"" + target + "\" is there"});
}

bool RootPath::is_below_mount(std::string_view path) const {
    return std::any_of(mounts_.begin(), mounts_.end(), [path](const std::string& mount) {
        return path.size() > mount.size() && path.starts_with(mount) && path[mount.size()] == '/';
    });
}

bool RootPath::is_in_root_itself(int parent, std::string_view path) const {
    // by name is the quick way; links can lead into a mount as well
    return !entered_ && !is_below_mount(path) && mount_id(parent) == mount_id(fd_);
}

void RootPath::add_made(int parent, std::string_view path) {
    path = relative(path);
    if (is_in_root_itself(parent, path))
        made_.emplace_back(path);
}

void RootPath::add_made_node(int parent, std::string_view path) {
    path = relative(path);
    if (is_in_root_itself(parent, path))
        made_.push_back("/" + std::string(path));
}

void RootPath::add_mount(std::string_view path) {
    mounts_.emplace_back(relative(path));
}

void RootPath::enter(UniqueFd mount) {
    entered_ = std::move(mount);
    fd_ = entered_.get();
    mounts_.clear();
}

void RootPath::leave_open(UniqueFd fd) {
    constexpr std::size_t most = 64;  // far from any limit on open files
    if (left_open_.size() < most)
        left_open_.push_back(std::move(fd));
}

void refuse_own_root(int directory, const std::string& path) {
    struct stat root, own;
    if (::fstat(directory, &root) < 0 || ::stat("/", &own) < 0)
        throw Error::last("stat", path);
    if (root.st_dev == own.st_dev && root.st_ino == own.st_ino)
        throw Error("config.json: /root/path: " + path + " is the host's own root directory");
}

UniqueFd open_root_directory(const std::string& path) {
    UniqueFd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory)
        throw Error::last("open the root filesystem", path);
    refuse_own_root(directory.get(), path);
    return directory;
}

void remove_made(int root, const std::vector<std::string>& made) {
    const RootPath paths(root);
    for (auto entry = made.rbegin(); entry != made.rend(); ++entry) {
        const bool is_node = entry->starts_with('/');
        const std::string path(relative(*entry));
        const auto slash = path.rfind('/');
        const UniqueFd parent =
            paths.try_open(slash == std::string::npos ? "." : path.substr(0, slash), O_PATH | O_DIRECTORY);
        const std::string leaf = slash == std::string::npos ? path : path.substr(slash + 1);
        struct stat st;
        if (!parent || ::fstatat(parent.get(), leaf.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (S_ISDIR(st.st_mode))
            ::unlinkat(parent.get(), leaf.c_str(), AT_REMOVEDIR);
        else if (is_node ? !S_ISREG(st.st_mode) : S_ISREG(st.st_mode) && st.st_size == 0)
            ::unlinkat(parent.get(), leaf.c_str(), 0);
    }
}

}  // namespace ocikit::run
