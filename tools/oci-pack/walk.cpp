#include "oci-pack/walk.hpp"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <ocikit/error.hpp>

#include "archive/beneath.hpp"
#include "archive/directory_list.hpp"
#include "archive/entry_path.hpp"
#include "archive/interrupt.hpp"

namespace ocikit::pack {

namespace {

// Bytes of names in memory, in all the directories that are being walked; a file takes as
// much as a short list.
constexpr std::size_t most_listed = std::size_t{8} << 20;
constexpr std::size_t worth_a_file = std::size_t{16} << 10;

struct stat status_of(int fd, const std::string& path) {
    struct stat status {};
    if (::fstat(fd, &status) != 0)
        throw Error::last("stat", path);
    return status;
}

archive::Entry make_entry(const struct stat& status, int fd, archive::Opened opened,
                          const std::string& path) {
    archive::Entry entry{.path = path,
                         .mode = status.st_mode,
                         .uid = status.st_uid,
                         .gid = status.st_gid,
                         .mtime = status.st_mtim,
                         .size = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0,
                         .device = status.st_rdev,
                         .link = {},
                         .xattrs = archive::read_xattrs(fd, opened, path),
                         .extents = {}};
    return entry;
}

std::string link_target(int fd, const std::string& path) {
    std::string target(archive::max_link + 1, '\0');
    const ssize_t size = ::readlinkat(fd, "", target.data(), target.size());
    if (size < 0)
        throw Error::last("read link", path);
    target.resize(static_cast<std::size_t>(size));
    return target;
}

unsigned char type_of(int parent, const std::string& name, const std::string& path) {
    struct stat status {};
    if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        throw Error::last("stat", path);
    return static_cast<unsigned char>(IFTODT(status.st_mode));
}

}  // namespace

archive::Entry entry_of(int fd, const std::string& path) {
    return make_entry(status_of(fd, path), fd, archive::Opened::for_reading, path);
}

Walker::Walker(Visit visit, Warn warn, OtherFileSystems others)
    : visit_(std::move(visit)), warn_(std::move(warn)), others_(others) {}

void Walker::directory(const UniqueFd& fd, const std::string& path) {
    device_ = status_of(fd.get(), path).st_dev;
    walk(fd, path);
}

void Walker::at(int directory, const std::string& path) {
    const UniqueFd parent =
        archive::open_beneath(directory, std::string(archive::directory_of(path)), O_RDONLY | O_DIRECTORY);
    device_ = status_of(parent.get(), path).st_dev;
    child(parent.get(), std::string(archive::name_of(path)), DT_UNKNOWN, path);
}

void Walker::walk(const UniqueFd& fd, const std::string& path) {
    const struct stat status = status_of(fd.get(), path);
    {
        archive::Entry entry = make_entry(status, fd.get(), archive::Opened::for_reading, path);
        visit_(entry, -1, status);
    }
    if (status.st_dev != device_ && others_ == OtherFileSystems::leave_out) {
        warn_(path + ": another file system is mounted here: archived as an empty directory");
        return;
    }
    archive::DirectoryList list = archive::list_directory(fd.get(), path);
    if (list.bytes() > worth_a_file && listed_ + list.bytes() > most_listed)
        list.to_file();
    const std::size_t bytes = list.bytes();
    listed_ += bytes;
    for (const archive::DirectoryEntry found : list) {
        const std::string name(found.name);
        child(fd.get(), name, found.type, path + "/" + name);
    }
    listed_ -= bytes;
}

void Walker::child(int parent, const std::string& name, unsigned char type, const std::string& path) {
    archive::check_interrupt();
    if (path.size() > archive::max_path)
        throw Error(Error::Parts{
            .object = path,
            .reason = "the path is longer than " + std::to_string(archive::max_path) + " bytes"});
    if (type == DT_UNKNOWN)
        type = type_of(parent, name, path);
    if (type == DT_SOCK) {
        warn_(path + ": left out, as it is a socket");
        return;
    }
    const archive::Opened opened =
        type == DT_REG || type == DT_DIR ? archive::Opened::for_reading : archive::Opened::as_path;
    // O_NONBLOCK: it could be a FIFO by now
    const int flags = opened == archive::Opened::for_reading ? O_RDONLY | O_NONBLOCK : O_PATH;
    const UniqueFd fd(::openat(parent, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
    if (!fd)
        throw Error::last("open", path);
    const struct stat status = status_of(fd.get(), path);
    if (IFTODT(status.st_mode) != type)
        throw Error(Error::Parts{.object = path, .reason = "it was replaced while it was read"});
    if (type == DT_DIR)
        walk(fd, path);
    else
        file(fd, opened, status, path);
}

void Walker::file(const UniqueFd& fd, archive::Opened opened, const struct stat& status,
                  const std::string& path) {
    archive::Entry entry = make_entry(status, fd.get(), opened, path);
    if (status.st_nlink > 1) {
        if (std::optional<std::string> first = links_.see(status, path)) {
            entry.hard_link = true;
            entry.link = std::move(*first);
            entry.size = 0;
            visit_(entry, -1, status);
            return;
        }
    }
    if (S_ISLNK(status.st_mode))
        entry.link = link_target(fd.get(), path);
    visit_(entry, S_ISREG(status.st_mode) ? fd.get() : -1, status);
}

}  // namespace ocikit::pack
