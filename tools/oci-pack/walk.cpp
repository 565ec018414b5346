#include "oci-pack/walk.hpp"

#include <cerrno>
#include <fcntl.h>
#include <map>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <ocikit/error.hpp>

#include "oci-pack/beneath.hpp"
#include "oci-pack/interrupt.hpp"
#include "oci-pack/xattrs.hpp"

namespace ocikit::pack {

namespace {

struct stat status_of(int fd, const std::string& path) {
    struct stat status {};
    if (::fstat(fd, &status) != 0)
        throw Error::last("stat", path);
    return status;
}

Entry make_entry(const struct stat& status, int fd, const std::string& path) {
    Entry entry{.path = path,
                .mode = status.st_mode,
                .uid = status.st_uid,
                .gid = status.st_gid,
                .mtime = status.st_mtim,
                .size = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0,
                .device = status.st_rdev,
                .link = {},
                .xattrs = read_xattrs(fd, path)};
    return entry;
}

std::string link_target(int fd, const std::string& path) {
    std::string target(max_path + 1, '\0');
    const ssize_t size = ::readlinkat(fd, "", target.data(), target.size());
    if (size < 0)
        throw Error::last("read link", path);
    target.resize(static_cast<std::size_t>(size));
    return target;
}

class Walker {
  public:
    Walker(const Visit& visit, const Warn& warn) : visit_(visit), warn_(warn) {}

    void directory(const UniqueFd& fd, const std::string& path) {
        const struct stat status = status_of(fd.get(), path);
        if (device_ == 0)
            device_ = status.st_dev;
        visit_(make_entry(status, fd.get(), path), -1);
        if (status.st_dev != device_) {
            warn_(path + ": another file system is mounted here: archived as an empty directory");
            return;
        }
        for (const std::string& name : list_directory(fd.get(), path))
            child(fd.get(), name, path + "/" + name);
    }

  private:
    void child(int parent, const std::string& name, const std::string& path) {
        check_interrupt();
        if (path.size() > max_path)
            throw Error(Error::Parts{.object = path, .reason = "the path is longer than 4095 bytes"});
        struct stat status {};
        if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            throw Error::last("stat", path);
        if (S_ISSOCK(status.st_mode)) {
            warn_(path + ": left out, as it is a socket");
            return;
        }
        const bool readable = S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
        // O_NONBLOCK: it could have become a FIFO by now
        const int flags = readable ? O_RDONLY | O_NONBLOCK : O_PATH;
        const UniqueFd fd(::openat(parent, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
        if (!fd)
            throw Error::last("open", path);
        const struct stat opened = status_of(fd.get(), path);
        if (opened.st_ino != status.st_ino || opened.st_dev != status.st_dev)
            throw Error(Error::Parts{.object = path, .reason = "it was replaced while it was read"});
        if (S_ISDIR(opened.st_mode))
            directory(fd, path);
        else
            file(fd, opened, path);
    }

    void file(const UniqueFd& fd, const struct stat& status, const std::string& path) {
        Entry entry = make_entry(status, fd.get(), path);
        if (status.st_nlink > 1) {
            const auto [first, is_first] = links_.try_emplace({status.st_dev, status.st_ino}, path);
            if (!is_first) {
                entry.hard_link = true;
                entry.link = first->second;
                entry.size = 0;
                visit_(entry, -1);
                return;
            }
        }
        if (S_ISLNK(status.st_mode))
            entry.link = link_target(fd.get(), path);
        visit_(entry, S_ISREG(status.st_mode) ? fd.get() : -1);
    }

    const Visit& visit_;
    const Warn& warn_;
    dev_t device_ = 0;
    std::map<std::pair<dev_t, ino_t>, std::string> links_;
};

}  // namespace

Entry entry_of(int fd, const std::string& path) {
    return make_entry(status_of(fd, path), fd, path);
}

void walk(int bundle, const std::string& path, const Visit& visit, const Warn& warn) {
    const UniqueFd root = open_beneath(bundle, path, O_RDONLY | O_DIRECTORY);
    Walker(visit, warn).directory(root, path);
}

}  // namespace ocikit::pack
