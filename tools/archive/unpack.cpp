#include "archive/unpack.hpp"

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <ocikit/error.hpp>

#include "archive/acl.hpp"
#include "archive/beneath.hpp"
#include "archive/directory_list.hpp"
#include "archive/entry_path.hpp"
#include "archive/packed_entry.hpp"
#include "archive/xattrs.hpp"

namespace ocikit::archive {

namespace {

[[noreturn]] void refuse(const Entry& entry, const std::string& reason) {
    throw Error(Error::Parts{.object = entry.path, .reason = "refused: " + reason});
}

[[noreturn]] void fail_to_make(const Entry& entry) {
    if (errno == EEXIST)
        refuse(entry, "it is in the archive twice");
    if (errno == EPERM && ::geteuid() != 0 && (S_ISCHR(entry.mode) || S_ISBLK(entry.mode)))
        throw Error(Error::Parts{.operation = "make the device node",
                                 .object = entry.path,
                                 .code = EPERM,
                                 .hint = "only root can extract device nodes"});
    throw Error::last("create", entry.path);
}

[[noreturn]] void fail_to_open_directory(const std::string& path) {
    if (errno == ELOOP)
        throw Error(
            Error::Parts{.object = path, .reason = "refused: its path leads through a symbolic link"});
    if (errno == ENOTDIR)
        throw Error(Error::Parts{.object = path,
                                 .reason = "refused: its path leads through a file that is no directory"});
    throw Error::last("open its directory", path);
}

void write_at(int fd, std::string_view bytes, std::uint64_t offset, const Entry& entry) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            throw Error::last("write", entry.path);
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

constexpr mode_t implied_mode = 0755;
// names of attributes that are dropped; an archive can have any number
constexpr std::size_t most_told = 16;
// in the table of implied directories
constexpr std::uint64_t implied_mark = 1;
constexpr std::uint64_t described_mark = 2;
// among the records of one directory
constexpr std::uint64_t from_entry = 0;
constexpr std::uint64_t after_entry = 1;

// Sorts backwards, so that what is in a directory comes before it.
std::string reversed(const std::string& path) {
    std::string key;
    for (const char c : path)
        key += static_cast<char>(~c);
    return key += '\xff';  // more than any, as no path has a NUL in it
}

std::string restored(std::string_view key) {
    std::string path;
    for (const char c : key.substr(0, key.size() - 1))
        path += static_cast<char>(~c);
    return path;
}

void set_mode(const Entry& entry, int fd, mode_t mode) {
    // fchmod(2) refuses descriptors of O_PATH, which special files have
    const bool opened = S_ISREG(entry.mode) || S_ISDIR(entry.mode);
    if ((opened ? ::fchmod(fd, mode) : ::chmod(descriptor_path(fd).c_str(), mode)) != 0)
        throw Error::last("set the mode", entry.path);
}

bool is_of_user(const std::string& name) {
    return name.starts_with("user.");
}

void set_time(const Entry& entry, int fd) {
    const timespec times[] = {{.tv_sec = 0, .tv_nsec = UTIME_NOW}, entry.mtime};
    if (::utimensat(fd, "", times, AT_EMPTY_PATH) != 0)
        throw Error::last("set the time", entry.path);
}

// Those which some file systems have no room for, and then give another one.
bool is_far(const timespec& time) {
    return time.tv_sec < 0 || time.tv_sec > INT32_MAX;
}

}  // namespace

Unpacker::Unpacker(int directory, Ownership ownership, Warn warn, Directories directories)
    : directory_(directory),
      warn_(std::move(warn)),
      ownership_(std::move(ownership)),
      set_owners_(::geteuid() == 0 || ownership_.numeric || is_mapping()),
      directories_are_final_(directories == Directories::are_final),
      finisher_([this](const FileFinisher::File& file) {
          write_at(file.fd.get(), file.content, 0, file.entry);
          set_attributes(file.entry, file.fd.get());
      }) {}

void Unpacker::add(const Entry& entry, Reader& content) {
    if (!is_mapping())
        return add_any(entry, content);
    Entry mapped = entry;
    map_owners(mapped);
    add_any(mapped, content);
}

bool Unpacker::is_mapping() const {
    return !ownership_.uid_map.empty() || !ownership_.gid_map.empty();
}

void Unpacker::map_owners(Entry& entry) const {
    if (entry.hard_link || !is_mapping())
        return;
    const auto host_id = [&entry](const IdMap& map, std::uint32_t id, const char* what) {
        if (const auto found = map.to_host(id))
            return *found;
        refuse(entry, std::string("its ") + what + " " + std::to_string(id) + " is in no range of the map");
    };
    translate_ids(entry,
                  {.user = [&](std::uint32_t id) { return host_id(ownership_.uid_map, id, "user"); },
                   .group = [&](std::uint32_t id) { return host_id(ownership_.gid_map, id, "group"); }});
}

void Unpacker::add_any(const Entry& entry, Reader& content) {
    if (entry.path.empty()) {
        // `./`: the bundle's own directory, which isn't the archive's to describe
        if (!S_ISDIR(entry.mode) || entry.hard_link)
            throw Error("refused: the top of the archive is not a directory");
        return;
    }
    if (!entry.hard_link && S_ISDIR(entry.mode))
        return add_directory(entry);
    const int folder = parent(entry.path);
    const std::string name(name_of(entry.path));
    if (entry.hard_link)
        add_hard_link(entry, folder, name);
    else if (S_ISREG(entry.mode))
        add_file(entry, folder, name, content);
    else
        add_special(entry, folder, name);
}

void Unpacker::describe_directory(const Entry& entry) {
    Entry mapped = entry;
    map_owners(mapped);
    implied_.erase(entry.path);
    directories_.insert_or_assign(entry.path, std::move(mapped));
}

std::optional<Entry> Unpacker::directory(const std::string& path) const {
    const auto found = directories_.find(path);
    if (found == directories_.end())
        return std::nullopt;
    Entry entry = found->second;
    if (is_mapping()) {
        entry.uid = ownership_.uid_map.to_container(entry.uid).value_or(entry.uid);
        entry.gid = ownership_.gid_map.to_container(entry.gid).value_or(entry.gid);
    }
    return entry;
}

mode_t Unpacker::type_of(const std::string& path) {
    const UniqueFd folder =
        try_open_beneath(directory_, std::string(directory_of(path)), O_PATH | O_DIRECTORY);
    if (!folder && errno == ENOENT)
        return 0;
    if (!folder)
        fail_to_open_directory(path);
    struct stat status {};
    if (::fstatat(folder.get(), std::string(name_of(path)).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
        return status.st_mode & S_IFMT;
    if (errno != ENOENT)
        throw Error::last("look for", path);
    return 0;
}

std::vector<std::string> Unpacker::names_in(const std::string& path) const {
    std::vector<std::string> names;
    for (const DirectoryEntry entry :
         list_directory(open_beneath(directory_, path, O_RDONLY | O_DIRECTORY).get(), path))
        names.emplace_back(entry.name);
    return names;
}

void Unpacker::remove(const std::string& path) {
    const UniqueFd folder = open_beneath(directory_, std::string(directory_of(path)), O_RDONLY | O_DIRECTORY);
    const std::string name(name_of(path));
    remove_tree(folder.get(), name);
    if (::faccessat(folder.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        throw Error(Error::Parts{.object = path, .reason = "it can't be removed"});
    parent_fd_.reset();
    const auto forget = [&path](auto& paths) {
        paths.erase(path);
        // '0' follows '/': the end of all that is below
        paths.erase(paths.lower_bound(path + '/'), paths.lower_bound(path + '0'));
    };
    forget(directories_);
    forget(implied_);
}

// The open directory that path is in, made if the archive hasn't said anything about it.
int Unpacker::parent(const std::string& path) {
    const std::string folder(directory_of(path));
    if (folder.empty())
        return directory_;
    if (folder != parent_path_ || !parent_fd_) {
        UniqueFd fd = try_open_beneath(directory_, folder, O_PATH | O_DIRECTORY);
        if (!fd && errno == ENOENT) {
            make_parents(folder);
            fd = try_open_beneath(directory_, folder, O_PATH | O_DIRECTORY);
        }
        if (!fd)
            fail_to_open_directory(path);
        parent_fd_ = std::move(fd);
        parent_path_ = folder;
    }
    return parent_fd_.get();
}

void Unpacker::make_parents(const std::string& folder) {
    const int above = parent(folder);
    if (::mkdirat(above, std::string(name_of(folder)).c_str(), 0700) != 0)
        throw Error::last("create", folder);
    note_implied(folder);
}

void Unpacker::note_implied(const std::string& path) {
    if (!directories_are_final_) {
        implied_.insert(path);
        return;
    }
    final_implied_.add(KeyTable::key_of(path), implied_mark);
    final_directories_.add(reversed(path), after_entry, {});
}

// Whether there is a directory that the archive has had no entry for; by now it has.
bool Unpacker::was_implied(const std::string& path) {
    if (!directories_are_final_)
        return implied_.erase(path) > 0;
    const KeyTable::Key key = KeyTable::key_of(path);
    if (final_implied_.find(key) != implied_mark)
        return false;
    final_implied_.replace(key, described_mark);
    return true;
}

void Unpacker::add_directory(const Entry& entry) {
    const int folder = parent(entry.path);
    if (!was_implied(entry.path) && ::mkdirat(folder, std::string(name_of(entry.path)).c_str(), 0700) != 0)
        fail_to_make(entry);
    if (!directories_are_final_) {
        directories_.emplace(entry.path, entry);
        return;
    }
    Packer packer;
    packer.entry(entry);
    final_directories_.add(reversed(entry.path), from_entry, packer.bytes());
}

// The directory is closed to others, so that nobody sees a file with the permissions it is
// to have before it has its owner; most files need no other ones then.
void Unpacker::add_file(const Entry& entry, int folder, const std::string& name, Reader& content) {
    UniqueFd fd(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                         entry.mode & 0777));
    if (!fd)
        fail_to_make(entry);
    if (std::string later; write_now(entry, fd.get(), content, later))
        set_attributes(entry, fd.get());
    else
        finisher_.add({.fd = std::move(fd), .entry = entry, .content = std::move(later)});
}

// Returns false if the content is small, and is to be written later.
bool Unpacker::write_now(const Entry& entry, int fd, Reader& content, std::string& later) {
    // what may have to be warned of isn't for another thread
    bool now = entry.size > FileFinisher::most_content || !entry.xattrs.empty() || is_far(entry.mtime);
    std::uint64_t end = 0;
    content.content(entry, [&](std::string_view bytes, std::uint64_t offset) {
        now = now || offset != end;  // holes are kept
        if (!now) {
            later += bytes;
        } else {
            write_at(fd, std::exchange(later, {}), 0, entry);
            write_at(fd, bytes, offset, entry);
        }
        end = offset + bytes.size();
    });
    if (end == entry.size)
        return now;
    write_at(fd, std::exchange(later, {}), 0, entry);
    if (::ftruncate(fd, static_cast<off_t>(entry.size)) != 0)
        throw Error::last("set the size", entry.path);
    return true;
}

// Its metadata is that of the file it links to, which has come before.
void Unpacker::add_hard_link(const Entry& entry, int folder, const std::string& name) {
    const std::string above(directory_of(entry.link));
    const UniqueFd target = try_open_beneath(directory_, above, O_PATH | O_DIRECTORY);
    const std::string target_name(name_of(entry.link));
    struct stat status {};
    if (!target || ::fstatat(target.get(), target_name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        refuse(entry, "it is a hard link to '" + entry.link + "', which isn't in the archive before it");
    if (S_ISDIR(status.st_mode))
        refuse(entry, "it is a hard link to a directory");
    if (::linkat(target.get(), target_name.c_str(), folder, name.c_str(), 0) != 0)
        fail_to_make(entry);
}

// Device numbers 0:0 can be made by anybody (mknod(2), whiteouts).
bool Unpacker::is_skipped(const Entry& entry) {
    if (!ownership_.skip_devices || errno != EPERM || !(S_ISCHR(entry.mode) || S_ISBLK(entry.mode)))
        return false;
    if (!told_of_devices_)
        warn_(entry.path + ": device nodes are left out, here and further on: only root can make them");
    told_of_devices_ = true;
    return true;
}

void Unpacker::add_special(const Entry& entry, int folder, const std::string& name) {
    const int result = S_ISLNK(entry.mode)
                           ? ::symlinkat(entry.link.c_str(), folder, name.c_str())
                           : ::mknodat(folder, name.c_str(), (entry.mode & S_IFMT) | 0600, entry.device);
    if (result != 0 && is_skipped(entry))
        return;
    if (result != 0)
        fail_to_make(entry);
    const UniqueFd fd(::openat(folder, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!fd)
        throw Error::last("open", entry.path);
    set_attributes(entry, fd.get());
}

// In this order: a new owner takes away set-user-ID bits and capabilities, a mode may forbid
// attributes of users, and changes an ACL's mask, and all of them but the last change nothing of the time.
// What is as it should be is left, which is cheaper by far than setting it again.
void Unpacker::set_attributes(const Entry& entry, int fd) {
    struct stat now {};
    if (::fstatat(fd, "", &now, AT_EMPTY_PATH) != 0)
        throw Error::last("stat", entry.path);
    if (set_owners_ && (now.st_uid != entry.uid || now.st_gid != entry.gid) &&
        ::fchownat(fd, "", entry.uid, entry.gid, AT_EMPTY_PATH) != 0)
        throw Error::last(
            "set the owner to " + std::to_string(entry.uid) + ":" + std::to_string(entry.gid), entry.path,
            errno == EPERM || errno == EINVAL
                ? std::string(ownership_.map_options) + " take other numbers, those that you may give away"
                : "");
    set_user_xattrs(entry, fd, now.st_mode);
    mode_t mode = entry.mode & 07777;
    // that list brings the mode with it, if the file system takes it
    if (const auto list = entry.xattrs.find(access_list); list != entry.xattrs.end())
        mode = mode_without_acl(mode, list->second);
    if (!set_owners_ && entry.uid != now.st_uid)
        mode &= ~static_cast<mode_t>(S_ISUID);
    if (!set_owners_ && entry.gid != now.st_gid)
        mode &= ~static_cast<mode_t>(S_ISGID);
    if (!S_ISLNK(entry.mode) && (now.st_mode & 07777) != mode)
        set_mode(entry, fd, mode);
    for (const auto& [name, value] : entry.xattrs) {
        if (!is_of_user(name))
            add_xattr(entry, fd, name, value);
    }
    set_time(entry, fd);
    if (is_far(entry.mtime) && !told_of_times_)
        check_time(entry, fd);
}

void Unpacker::check_time(const Entry& entry, int fd) {
    struct stat now {};
    if (::fstatat(fd, "", &now, AT_EMPTY_PATH) != 0)
        throw Error::last("stat", entry.path);
    told_of_times_ = now.st_mtim.tv_sec != entry.mtime.tv_sec;
    if (told_of_times_)
        warn_(entry.path + ": the file system has no such time as @" + std::to_string(entry.mtime.tv_sec) +
              ", here and further on: it becomes @" + std::to_string(now.st_mtim.tv_sec));
}

// They take permission to write (xattr(7)), which the mode or a list may take away; changes now.
void Unpacker::set_user_xattrs(const Entry& entry, int fd, mode_t& now) {
    for (const auto& [name, value] : entry.xattrs) {
        if (!is_of_user(name))
            continue;
        if ((now & S_IWUSR) == 0)
            set_mode(entry, fd, now = (now & 07777) | S_IWUSR);
        add_xattr(entry, fd, name, value);
    }
}

void Unpacker::add_xattr(const Entry& entry, int fd, const std::string& name, const std::string& value) {
    if (set_xattr(fd, entry.path, name, value) || dropped_.size() > most_told || dropped_.contains(name))
        return;
    const std::string reason = error_text(errno);
    const bool is_last = dropped_.insert(name).second && dropped_.size() > most_told;
    warn_(entry.path + (is_last ? ": extended attributes" : ": the extended attribute " + name) +
          (is_last ? " are" : " is") + " dropped, here and further on: " + reason);
}

void Unpacker::finish_files() {
    finisher_.flush();
}

void Unpacker::finish_directories(int directory) {
    finish_files();
    for (const std::string& path : implied_)
        finish_implied(directory, path);
    // backwards: what is in a directory before the directory itself, which may close
    for (auto entry = directories_.rbegin(); entry != directories_.rend(); ++entry)
        finish_directory(directory, entry->first, entry->second);
    std::string finished;
    for (final_directories_.rewind(); !final_directories_.at_end(); final_directories_.advance()) {
        std::string path = restored(final_directories_.key());
        if (path == finished)  // implied, and then described
            continue;
        if (final_directories_.value().empty()) {
            finish_implied(directory, path);
        } else {
            Entry entry = PackReader(final_directories_.value()).entry();
            entry.path = path;
            finish_directory(directory, path, entry);
        }
        finished = std::move(path);
    }
}

void Unpacker::finish_directory(int directory, const std::string& path, const Entry& entry) {
    const UniqueFd fd = open_beneath(directory, path, O_RDONLY | O_DIRECTORY);
    set_attributes(entry, fd.get());
}

// One that the archive has files in, but no entry for.
void Unpacker::finish_implied(int directory, const std::string& path) {
    const UniqueFd fd = open_beneath(directory, path, O_RDONLY | O_DIRECTORY);
    if (::fchmod(fd.get(), implied_mode) != 0)
        throw Error::last("set the mode", path);
}

}  // namespace ocikit::archive
