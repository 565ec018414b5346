#include "archive/beneath.hpp"

#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "archive/directory_list.hpp"

namespace ocikit::archive {

UniqueFd try_open_beneath(int directory, const std::string& path, int flags, mode_t mode) {
    open_how how{};
    how.flags = static_cast<__u64>(flags | O_CLOEXEC);
    how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const char* name = path.empty() ? "." : path.c_str();
    long fd = -1;
    do {
        fd = ::syscall(SYS_openat2, directory, name, &how, sizeof how);
    } while (fd < 0 && errno == EAGAIN);  // openat2(2): a rename elsewhere got in the way of `..`
    return UniqueFd(static_cast<int>(fd));
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

void remove_tree(int directory, const std::string& name) noexcept {
    try {
        struct stat status {};
        if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            return;
        if (!S_ISDIR(status.st_mode)) {
            ::unlinkat(directory, name.c_str(), 0);
            return;
        }
        // an extracted directory may forbid its owner to look into it
        ::fchmodat(directory, name.c_str(), 0700, 0);
        const UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (fd) {
            for (const DirectoryEntry& child : list_directory(fd.get(), name))
                remove_tree(fd.get(), std::string(child.name));
        }
        ::unlinkat(directory, name.c_str(), AT_REMOVEDIR);
    } catch (const std::exception&) {
        // it stays
    }
}

}  // namespace ocikit::archive
