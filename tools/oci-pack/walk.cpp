#include "oci-pack/walk.hpp"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <utility>

#include <ocikit/error.hpp>

#include "archive/beneath.hpp"
#include "archive/directory_list.hpp"
#include "archive/entry_path.hpp"
#include "archive/interrupt.hpp"
#include "oci-pack/content.hpp"

namespace ocikit::pack {

namespace {

// Bytes of names in memory, in all the directories that are being walked; a file takes as
// much as a short list.
constexpr std::size_t most_listed = std::size_t{8} << 20;
constexpr std::size_t worth_a_file = std::size_t{16} << 10;

timespec as_timespec(const statx_timestamp& time) {
    return {.tv_sec = time.tv_sec, .tv_nsec = static_cast<long>(time.tv_nsec)};
}

struct Status {
    struct stat stat {};
    bool is_mounted = false;  // something is mounted at this place, and that's what it is
};

// Where something is mounted isn't seen by st_dev: binds have that of their source, and in an overlay
// files and directories have different ones.
Status status_of(int fd, const std::string& path) {
    struct statx found {};
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &found) != 0)
        throw Error::last("stat", path);
    Status status;
    status.is_mounted = (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    status.stat.st_dev = ::makedev(found.stx_dev_major, found.stx_dev_minor);
    status.stat.st_ino = found.stx_ino;
    status.stat.st_mode = found.stx_mode;
    status.stat.st_nlink = found.stx_nlink;
    status.stat.st_uid = found.stx_uid;
    status.stat.st_gid = found.stx_gid;
    status.stat.st_rdev = ::makedev(found.stx_rdev_major, found.stx_rdev_minor);
    status.stat.st_size = static_cast<off_t>(found.stx_size);
    status.stat.st_blksize = found.stx_blksize;
    status.stat.st_blocks = static_cast<blkcnt_t>(found.stx_blocks);
    status.stat.st_atim = as_timespec(found.stx_atime);
    status.stat.st_mtim = as_timespec(found.stx_mtime);
    status.stat.st_ctim = as_timespec(found.stx_ctime);
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

// Of what was there, and of another type, a moment ago.
Error failure_to_open(const std::string& path) {
    const bool is_gone = errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENXIO;
    return is_gone ? changed(path) : Error::last("open", path);
}

}  // namespace

archive::Entry entry_of(int fd, const std::string& path) {
    return make_entry(status_of(fd, path).stat, fd, archive::Opened::for_reading, path);
}

Walker::Walker(Visit visit, Warn warn, OtherFileSystems others)
    : visit_(std::move(visit)), warn_(std::move(warn)), others_(others) {}

void Walker::directory(const UniqueFd& fd, const std::string& path) {
    walk(fd, path, status_of(fd.get(), path).stat, Content::all);
}

void Walker::at(int directory, const std::string& path) {
    const UniqueFd parent =
        archive::open_beneath(directory, std::string(archive::directory_of(path)), O_RDONLY | O_DIRECTORY);
    child(parent.get(), std::string(archive::name_of(path)), DT_UNKNOWN, path);
}

void Walker::walk(const UniqueFd& fd, const std::string& path, const struct stat& status, Content content) {
    {
        archive::Entry entry = make_entry(status, fd.get(), archive::Opened::for_reading, path);
        visit_(entry, -1, status);
    }
    if (content == Content::none)
        return warn_(path + ": something is mounted here: archived as an empty directory");
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
    check_unchanged(fd.get(), path, status);
}

void Walker::child(int parent, const std::string& name, unsigned char type, const std::string& path) {
    archive::check_interrupt();
    if (path.size() > archive::max_path)
        throw Error(Error::Parts{
            .object = path,
            .reason = "the path is longer than " + std::to_string(archive::max_path) + " bytes"});
    if (type == DT_UNKNOWN)
        type = type_of(parent, name, path);
    if (type == DT_SOCK)
        return warn_(path + ": left out, as it is a socket");
    const archive::Opened opened =
        type == DT_REG || type == DT_DIR ? archive::Opened::for_reading : archive::Opened::as_path;
    // O_NONBLOCK: it could be a FIFO by now
    const int flags = opened == archive::Opened::for_reading ? O_RDONLY | O_NONBLOCK : O_PATH;
    const UniqueFd fd(::openat(parent, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
    if (!fd)
        return hidden(parent, name, type, path, failure_to_open(path));
    const Status status = status_of(fd.get(), path);
    if (IFTODT(status.stat.st_mode) != type)
        return hidden(parent, name, type, path, changed(path));
    const bool left_out = status.is_mounted && others_ == OtherFileSystems::leave_out;
    if (type == DT_DIR)
        walk(fd, path, status.stat, left_out ? Content::none : Content::all);
    else if (left_out)
        mounted_file(fd, status.stat, path);
    else
        file(fd, opened, status.stat, path);
}

// Lists of directories tell of what a mount hides, such as a file below a device or a socket, which can't
// or isn't to be opened.
void Walker::hidden(int parent, const std::string& name, unsigned char type, const std::string& path,
                    const Error& failure) {
    const UniqueFd fd(::openat(parent, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!fd)
        throw failure;
    const Status status = status_of(fd.get(), path);
    const auto found = static_cast<unsigned char>(IFTODT(status.stat.st_mode));
    if (!status.is_mounted || found == type)
        throw failure;
    if (others_ == OtherFileSystems::leave_out)
        mounted_file(fd, status.stat, path);
    else
        child(parent, name, found, path);
}

void Walker::mounted_file(const UniqueFd& fd, const struct stat& status, const std::string& path) {
    warn_(path + ": something is mounted here: archived as an empty file");
    archive::Entry entry{.path = path,
                         .mode = S_IFREG | (status.st_mode & 0777),
                         .uid = status.st_uid,
                         .gid = status.st_gid,
                         .mtime = status.st_mtim,
                         .link = {},
                         .xattrs = {},
                         .extents = {}};
    visit_(entry, fd.get(), status);
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
