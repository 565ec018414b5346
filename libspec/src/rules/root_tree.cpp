#include "root_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "values.hpp"

namespace ocikit {

namespace {

// Opens a clean path below root, and no symbolic link on the way; of a link itself the link.
UniqueFd open_below(int root, const std::string& path) {
    struct open_how how {};
    how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    const std::string relative = path == "/" ? "." : path.substr(1);
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root, relative.c_str(), &how, sizeof how)));
}

std::string link_target(int fd) {
    char target[PATH_MAX];
    const ssize_t size = ::readlinkat(fd, "", target, sizeof target);
    return size < 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

// Any other error, such as a lack of permission, doesn't tell that there is nothing.
bool is_absence(int error) {
    return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
}

}  // namespace

RootTree::RootTree(const std::string& root, std::vector<std::string> mounts)
    : root_(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), mounts_(std::move(mounts)) {
    if (!root_)
        throw Error::last("open", root);
}

bool RootTree::is_mounted(const std::string& path) const {
    return std::any_of(mounts_.begin(), mounts_.end(),
                       [&path](const std::string& mount) { return is_within(path, mount); });
}

// Part by part, as a mount may be anywhere on the way, also where a link leads to.
RootTree::Found RootTree::find(std::string_view path) const {
    constexpr int most_links = 40;  // as in the kernel
    int links = 0;
    bool climbs = false;
    std::string rest(path);
    Found at{.kind = Kind::directory, .path = "/", .fd = open_below(root_.get(), "/")};
    while (!rest.empty()) {
        const std::string part = rest.substr(0, rest.find('/'));
        rest.erase(0, part.size() + 1);
        if (part.empty() || part == ".")
            continue;
        if (at.kind != Kind::directory)
            return {.path = at.path, .climbs = climbs, .blocked = true};
        climbs = climbs || (part == ".." && at.path == "/" && links > 0);
        std::string next = clean_path(at.path + '/' + part);
        if (is_mounted(next))
            return {.kind = Kind::unknown, .path = std::move(next)};
        UniqueFd fd = open_below(root_.get(), next);
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0)
            return {.kind = is_absence(errno) ? Kind::missing : Kind::unknown,
                    .path = std::move(next),
                    .climbs = climbs};
        if (S_ISLNK(status.st_mode)) {
            const std::string target = link_target(fd.get());
            if (target.empty() || ++links > most_links)
                return {.path = std::move(next)};
            if (target[0] == '/')
                at = {.kind = Kind::directory, .path = "/", .fd = open_below(root_.get(), "/")};
            rest = target + '/' + rest;
            continue;
        }
        at.kind = S_ISDIR(status.st_mode)   ? Kind::directory
                  : S_ISREG(status.st_mode) ? Kind::file
                                            : Kind::other;
        at.mode = status.st_mode & 07777;
        at.path = std::move(next);
        at.fd = std::move(fd);
    }
    at.climbs = climbs;
    return at;
}

bool RootTree::is_empty(const std::string& root) {
    DIR* const directory = ::opendir(root.c_str());
    if (!directory)
        return false;
    std::size_t entries = 0;
    while (entries <= 2 && ::readdir(directory))
        ++entries;
    ::closedir(directory);
    return entries == 2;  // itself and the one above
}

std::optional<std::string> RootTree::head(const Found& file, std::size_t size) {
    const UniqueFd fd(
        ::open(("/proc/self/fd/" + std::to_string(file.fd.get())).c_str(), O_RDONLY | O_CLOEXEC));
    std::string bytes(size, '\0');
    const ssize_t got = fd ? ::read(fd.get(), bytes.data(), bytes.size()) : -1;
    if (got < 0)
        return std::nullopt;
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
}

}  // namespace ocikit
