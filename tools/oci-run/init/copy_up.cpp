// The mount option tmpcopyup: a tmpfs begins with what was in the directory below it.
#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <vector>

#include <ocikit/error.hpp>

#include "init/steps.hpp"

namespace ocikit::run {

namespace {

constexpr unsigned deepest = 256;  // each level keeps descriptors open

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

Directory open_directory(int parent, const char* name) {
    UniqueFd fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd)
        throw Error::last("open", name);
    Directory directory(::fdopendir(fd.get()));
    if (!directory)
        throw Error::last("read", name);
    static_cast<void>(fd.release());
    return directory;
}

void copy_attributes(int from, int to, const struct stat& st, const char* name) {
    std::vector<char> names(65536), value(65536);
    const ssize_t size = std::max<ssize_t>(::flistxattr(from, names.data(), names.size()), 0);
    for (const char* key = names.data(); key < names.data() + size;
         key += std::char_traits<char>::length(key) + 1) {
        const ssize_t length = ::fgetxattr(from, key, value.data(), value.size());
        // a tmpfs has fewer kinds of them than other filesystems
        if (length >= 0 && ::fsetxattr(to, key, value.data(), static_cast<std::size_t>(length), 0) < 0 &&
            errno != EOPNOTSUPP && errno != EPERM)
            throw Error::last("copy the extended attributes of", name);
    }
    const struct timespec times[2] = {st.st_atim, st.st_mtim};
    // the owner first: changing it takes set-id bits away (chown(2))
    if (::fchown(to, st.st_uid, st.st_gid) < 0 || ::fchmod(to, st.st_mode & 07777) < 0 ||
        ::futimens(to, times) < 0)
        throw Error::last("copy the attributes of", name);
}

void copy_file(int from_directory, int to_directory, const char* name) {
    const UniqueFd from(::openat(from_directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat st;
    if (!from || ::fstat(from.get(), &st) < 0)
        throw Error::last("open", name);
    const UniqueFd to(
        ::openat(to_directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!to)
        throw Error::last("make", name);
    ssize_t n;
    do {
        n = ::sendfile(to.get(), from.get(), nullptr, 1 << 20);
    } while (n > 0 || (n < 0 && errno == EINTR));
    if (n < 0)
        throw Error::last("copy", name);
    copy_attributes(from.get(), to.get(), st, name);
}

void copy_other(int from, int to, const char* name, const struct stat& st) {
    if (S_ISLNK(st.st_mode)) {
        std::vector<char> target(PATH_MAX);
        const ssize_t n = ::readlinkat(from, name, target.data(), target.size() - 1);
        if (n < 0 || ::symlinkat(target.data(), to, name) < 0)
            throw Error::last("copy the link", name);
    } else if (::mknodat(to, name, st.st_mode, st.st_rdev) < 0) {
        throw Error::last("make", name);
    } else if (::fchmodat(to, name, st.st_mode & 07777, 0) < 0) {
        throw Error::last("copy the attributes of", name);
    }
    if (::fchownat(to, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        throw Error::last("copy the owner of", name);
}

void copy_directory(DIR* from, int to, dev_t device, unsigned depth);

void copy_entry(DIR* from, int to, const char* name, dev_t device, unsigned depth) {
    const int directory = ::dirfd(from);
    struct stat st;
    if (::fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        throw Error::last("stat", name);
    if (S_ISREG(st.st_mode))
        return copy_file(directory, to, name);
    if (!S_ISDIR(st.st_mode))
        return copy_other(directory, to, name, st);
    if (depth == deepest)
        throw Error({.operation = "copy", .object = name, .reason = "too deep"});
    if (::mkdirat(to, name, 0700) < 0)
        throw Error::last("make the directory", name);
    const Directory below = open_directory(directory, name);
    const Directory made = open_directory(to, name);
    if (st.st_dev == device)  // what is mounted there isn't the directory's
        copy_directory(below.get(), ::dirfd(made.get()), device, depth + 1);
    copy_attributes(::dirfd(below.get()), ::dirfd(made.get()), st, name);
}

void copy_directory(DIR* from, int to, dev_t device, unsigned depth) {
    for (;;) {
        errno = 0;
        const struct dirent* const entry = ::readdir(from);
        if (!entry && errno != 0)
            throw Error::last("read", "directory");
        if (!entry)
            return;
        const std::string name = entry->d_name;
        if (name != "." && name != "..")
            copy_entry(from, to, name.c_str(), device, depth);
    }
}

}  // namespace

void copy_up(int from, int to) {
    struct stat st;
    if (::fstat(from, &st) < 0)
        throw Error::last("stat", "directory");
    const Directory source = open_directory(from, ".");
    const Directory target = open_directory(to, ".");
    const mode_t umask = ::umask(0);
    copy_directory(source.get(), ::dirfd(target.get()), st.st_dev, 0);
    ::umask(umask);
}

}  // namespace ocikit::run
