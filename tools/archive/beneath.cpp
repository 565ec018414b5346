#include "archive/beneath.hpp"

#include <cerrno>
#include <climits>
#include <dirent.h>
#include <exception>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <ocikit/error.hpp>

#include "archive/new_file.hpp"

namespace ocikit::archive {

namespace {

// What the kernel takes of a path at once: PATH_MAX without the NUL.
constexpr std::size_t most_at_once = PATH_MAX - 1;

UniqueFd open_at_once(int directory, const char* path, int flags, mode_t mode) {
    open_how how{};
    how.flags = static_cast<__u64>(flags | O_CLOEXEC);
    how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    long fd = -1;
    do {
        fd = ::syscall(SYS_openat2, directory, path, &how, sizeof how);
    } while (fd < 0 && errno == EAGAIN);  // openat2(2): a rename elsewhere got in the way of `..`
    return UniqueFd(static_cast<int>(fd));
}

}  // namespace

UniqueFd try_open_beneath(int directory, const std::string& path, int flags, mode_t mode) {
    UniqueFd above;
    std::string rest = path.empty() ? "." : path;
    while (rest.size() > most_at_once) {
        const std::size_t slash = rest.rfind('/', most_at_once);
        if (slash == std::string::npos) {
            errno = ENAMETOOLONG;
            return {};
        }
        above = open_at_once(above ? above.get() : directory, rest.substr(0, slash).c_str(),
                             O_PATH | O_DIRECTORY, 0);
        if (!above)
            return {};
        rest.erase(0, slash + 1);
    }
    return open_at_once(above ? above.get() : directory, rest.c_str(), flags, mode);
}

UniqueFd open_beneath(int directory, const std::string& path, int flags) {
    UniqueFd fd = try_open_beneath(directory, path, flags);
    if (fd)
        return fd;
    if (errno == ELOOP)
        throw Error(Error::Parts{.object = path, .reason = "a symbolic link is in its path"});
    throw Error::last("open", path);
}

std::string descriptor_path(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

namespace {

bool remove_entry(int directory, const char* name, int top);

// Without a list of them all, which might want more memory or disk than there is by now;
// again from the beginning, as a file system may skip some while others are removed.
void remove_entries(int fd, int top) {
    std::vector<char> buffer(std::size_t{8} << 10);
    for (bool removed = true; std::exchange(removed, false);) {
        if (::lseek(fd, 0, SEEK_SET) < 0)
            return;
        for (ssize_t size = 0; (size = ::getdents64(fd, buffer.data(), buffer.size())) > 0;) {
            for (ssize_t at = 0; at < size;) {
                const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
                const std::string_view name = entry->d_name;
                if (name != "." && name != "..")
                    removed |= remove_entry(fd, entry->d_name, top);
                at += entry->d_reclen;
            }
        }
    }
}

// Returns whether it is gone. top: the directory of the whole tree, where those go that are deeper
// than there are descriptors; -1 if this is it.
bool remove_entry(int directory, const char* name, int top) {
    struct stat status {};
    if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    if (!S_ISDIR(status.st_mode))
        return ::unlinkat(directory, name, 0) == 0;
    // an extracted directory may forbid its owner to look into it
    ::fchmodat(directory, name, 0700, 0);
    const UniqueFd fd(::openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd && (errno == EMFILE || errno == ENFILE) && top >= 0 && directory != top)
        return ::renameat(directory, name, top, temporary_name().c_str()) == 0;
    if (fd)
        remove_entries(fd.get(), top < 0 ? fd.get() : top);
    return ::unlinkat(directory, name, AT_REMOVEDIR) == 0;
}

}  // namespace

void remove_tree(int directory, const std::string& name) noexcept {
    try {
        remove_entry(directory, name.c_str(), -1);
    } catch (const std::exception&) {
        // out of memory: it stays
    }
}

}  // namespace ocikit::archive
