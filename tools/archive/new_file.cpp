#include "archive/new_file.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>
#include <utility>

#include <ocikit/error.hpp>

#include "archive/beneath.hpp"

namespace ocikit::archive {

namespace {

constexpr mode_t mode = 0666;

// It gets its name by a link in /proc.
UniqueFd open_nameless(int directory) {
    UniqueFd fd(::openat(directory, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode));
    if (fd && ::access(descriptor_path(fd.get()).c_str(), F_OK) != 0)
        return {};
    return fd;
}

}  // namespace

std::string temporary_name() {
    unsigned long long number = 0;
    if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number))
        throw Error::last("get a random number", {});
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", number);
    return std::string(".ocikit.") + text;
}

NewFile::NewFile(int directory, const std::string& folder)
    : directory_(directory), fd_(open_nameless(directory)) {
    if (fd_)
        return;
    temporary_ = temporary_name();
    fd_ = UniqueFd(::openat(directory, temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!fd_) {
        temporary_.clear();
        throw Error::last("create a file in", folder);
    }
}

NewFile::NewFile(NewFile&& other) noexcept
    : directory_(other.directory_),
      fd_(std::move(other.fd_)),
      temporary_(std::exchange(other.temporary_, {})) {}

NewFile::~NewFile() {
    if (!temporary_.empty())
        ::unlinkat(directory_, temporary_.c_str(), 0);
}

bool NewFile::link(const std::string& name) {
    return ::linkat(AT_FDCWD, descriptor_path(fd_.get()).c_str(), directory_, name.c_str(),
                    AT_SYMLINK_FOLLOW) == 0;
}

// File systems with delayed allocation (NFS, quotas) may tell a full disk only now.
bool NewFile::close() {
    return ::close(fd_.release()) == 0;
}

bool NewFile::name_new(const std::string& name) {
    if (temporary_.empty()) {
        if (!link(name))
            return false;
        if (close())
            return true;
        const int code = errno;
        ::unlinkat(directory_, name.c_str(), 0);
        errno = code;
        return false;
    }
    if (!close())
        return false;
    if (::renameat2(directory_, temporary_.c_str(), directory_, name.c_str(), RENAME_NOREPLACE) == 0) {
        temporary_.clear();
        return true;
    }
    // rename(2): EINVAL from file systems without that flag, such as NFS; the destructor
    // removes the temporary name
    return errno == EINVAL && ::linkat(directory_, temporary_.c_str(), directory_, name.c_str(), 0) == 0;
}

bool NewFile::name_over(const std::string& name) {
    if (temporary_.empty()) {
        if (name_new(name))
            return true;
        if (errno != EEXIST || !fd_)
            return false;
        // a link replaces nothing, and can't be made once the file is closed
        std::string text = temporary_name();
        if (!link(text))
            return false;
        temporary_ = std::move(text);
    }
    if (!close() || ::renameat(directory_, temporary_.c_str(), directory_, name.c_str()) != 0)
        return false;
    temporary_.clear();
    return true;
}

}  // namespace ocikit::archive
