#include "state/state_dir.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "kernel/files.hpp"
#include "kernel/id_map.hpp"

namespace ocikit::run {

namespace {

constexpr const char* state_file = "state.json";
constexpr const char* config_file = "config.json";
constexpr const char* start_socket = "start.sock";
constexpr const char* notify_directory = "notify";

UniqueFd open_directory(int parent, const std::string& name) {
    return UniqueFd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// Makes path with its parents; only the last one is closed to others.
void make_directories(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST)
        return;
    const auto slash = path.rfind('/');
    if (errno != ENOENT || slash == std::string::npos || slash == 0)
        throw Error::last("make the directory for containers' state", path);
    for (std::size_t end = path.find('/', 1); end <= slash; end = path.find('/', end + 1))
        if (::mkdir(path.substr(0, end).c_str(), 0755) < 0 && errno != EEXIST)
            throw Error::last("make the directory", path.substr(0, end));
    if (::mkdir(path.c_str(), 0700) < 0 && errno != EEXIST)
        throw Error::last("make the directory for containers' state", path);
}

// A socket's path is short (unix(7)); through the descriptor any directory will do.
struct sockaddr_un socket_address(int directory) {
    struct sockaddr_un address {};
    address.sun_family = AF_UNIX;
    const std::string path = "/proc/self/fd/" + std::to_string(directory) + "/" + start_socket;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

UniqueFd start_socket_fd() {
    UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!fd)
        throw Error::last("make the socket", start_socket);
    return fd;
}

// Of the directory of all containers, for as long as it takes to make one in it. Not every
// filesystem has locks of directories; then there is none.
class RootLock {
  public:
    RootLock(int root, int operation) : root_(root) {
        while (::flock(root_, operation) < 0 && errno == EINTR) {
        }
    }
    RootLock(const RootLock&) = delete;
    RootLock& operator=(const RootLock&) = delete;
    ~RootLock() {
        const int code = errno;
        ::flock(root_, LOCK_UN);
        errno = code;
    }

  private:
    int root_;
};

}  // namespace

StateDir::StateDir(UniqueFd root, UniqueFd fd, std::string path, std::string id)
    : root_(std::move(root)), fd_(std::move(fd)), path_(std::move(path)), id_(std::move(id)) {}

StateDir::StateDir(StateDir&& other) noexcept
    : root_(std::move(other.root_)),
      fd_(std::move(other.fd_)),
      path_(std::move(other.path_)),
      id_(std::move(other.id_)),
      ours_(std::exchange(other.ours_, false)),
      locked_(std::exchange(other.locked_, false)) {}

StateDir::~StateDir() {
    if (ours_)
        remove();
}

StateDir StateDir::create(const std::string& root, const std::string& id) {
    check_id(id);
    UniqueFd parent = open_directory(AT_FDCWD, root);
    if (!parent && errno == ENOENT) {
        make_directories(root);
        parent = open_directory(AT_FDCWD, root);
    }
    const std::string path = root + "/" + id;
    if (!parent)
        throw Error::last("open the directory for containers' state", root);
    // Others find it when it is locked already, and never a container of which nothing is known.
    const RootLock hidden(parent.get(), LOCK_EX);
    if (::mkdirat(parent.get(), id.c_str(), 0700 | S_ISVTX) < 0) {
        if (errno == EEXIST)
            throw Error("container with given ID already exists: " + id);
        throw Error::last("make the container's state directory", path);
    }
    UniqueFd fd = open_directory(parent.get(), id);
    if (!fd) {
        const Error error = Error::last("open", path);
        ::unlinkat(parent.get(), id.c_str(), AT_REMOVEDIR);
        throw error;
    }
    StateDir directory(std::move(parent), std::move(fd), path, id);
    directory.lock();
    directory.ours_ = true;
    return directory;
}

std::optional<StateDir> StateDir::try_open(const std::string& root, const std::string& id) {
    check_id(id);
    UniqueFd parent = open_directory(AT_FDCWD, root);
    UniqueFd fd;
    if (parent) {
        const RootLock complete(parent.get(), LOCK_SH);
        fd = open_directory(parent.get(), id);
    }
    const std::string path = root + "/" + id;
    if (!fd) {
        if (errno == ENOENT)
            return std::nullopt;
        throw Error::last("open the container's state directory", path);
    }
    return StateDir(std::move(parent), std::move(fd), path, id);
}

void StateDir::refuse_missing(const std::string& root, const std::string& id) {
    throw Error("container does not exist: " + id + " (no state in " + root + ")");
}

StateDir StateDir::open(const std::string& root, const std::string& id) {
    auto directory = try_open(root, id);
    if (!directory)
        refuse_missing(root, id);
    return std::move(*directory);
}

std::vector<std::string> StateDir::list(const std::string& root) {
    std::vector<std::string> ids;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(root.c_str()), ::closedir);
    if (!directory) {
        if (errno == ENOENT)
            return ids;
        throw Error::last("open the directory of containers' state", root);
    }
    while (const struct dirent* entry = ::readdir(directory.get()))
        if (entry->d_name[0] != '.' && entry->d_type == DT_DIR)
            ids.emplace_back(entry->d_name);
    std::sort(ids.begin(), ids.end());
    return ids;
}

bool StateDir::lock() {
    while (::flock(fd_.get(), LOCK_EX) < 0)
        if (errno != EINTR)
            throw Error::last("lock", path_);
    locked_ = true;
    struct stat st;
    // another one may have the name by now
    return ::fstat(fd_.get(), &st) == 0 && st.st_nlink > 0;
}

void StateDir::unlock() {
    ::flock(fd_.get(), LOCK_UN);
    locked_ = false;
}

bool StateDir::is_locked_by_other() const {
    if (locked_)
        return false;
    const UniqueFd fd = open_directory(fd_.get(), ".");
    return fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

bool StateDir::is_being_made() const {
    struct stat st;
    return ::fstat(fd_.get(), &st) == 0 && st.st_mode & S_ISVTX && is_locked_by_other();
}

void StateDir::announce_hooks() const {
    if (::fchmod(fd_.get(), 0700 | S_ISVTX | S_ISGID) < 0)
        throw Error::last("change the mode", path_);
}

bool StateDir::has_hooks() const {
    struct stat st;
    return ::fstat(fd_.get(), &st) == 0 && st.st_mode & S_ISGID;
}

void StateDir::keep() {
    if (::fchmod(fd_.get(), 0700) < 0)
        throw Error::last("change the mode", path_);
    ours_ = false;
}

void StateDir::save_config(const std::string& text) const {
    const UniqueFd fd = open_at(fd_.get(), config_file, O_WRONLY | O_CREAT | O_EXCL, 0600, path_);
    write_all(fd.get(), text, path_ + "/" + config_file);
}

void StateDir::replace_config(const std::string& text) const {
    replace_at(fd_.get(), config_file, text, 0600, path_ + "/" + config_file);
}

std::string StateDir::load_config() const {
    return read_at(fd_.get(), config_file, path_ + "/" + config_file);
}

void StateDir::save(const Record& record) const {
    replace_at(fd_.get(), state_file, encode_record(record), 0600, path_ + "/" + state_file);
}

std::optional<Record> StateDir::load() const {
    const std::string shown = path_ + "/" + state_file;
    try {
        return decode_record(read_at(fd_.get(), state_file, shown), shown);
    } catch (const Error& error) {
        if (error.code() == ENOENT)
            return std::nullopt;
        throw;
    }
}

UniqueFd StateDir::listen_for_start() const {
    UniqueFd fd = start_socket_fd();
    const struct sockaddr_un address = socket_address(fd_.get());
    if (::bind(fd.get(), reinterpret_cast<const struct sockaddr*>(&address), sizeof address) < 0 ||
        ::listen(fd.get(), 1) < 0)
        throw Error::last("listen for start", path_ + "/" + start_socket);
    return fd;
}

UniqueFd StateDir::connect_for_start() const {
    UniqueFd fd = start_socket_fd();
    const struct sockaddr_un address = socket_address(fd_.get());
    if (::connect(fd.get(), reinterpret_cast<const struct sockaddr*>(&address), sizeof address) < 0)
        throw Error::last("reach the container's init", path_ + "/" + start_socket);
    return fd;
}

bool StateDir::waits_for_start() const {
    return ::faccessat(fd_.get(), start_socket, F_OK, 0) == 0;
}

void StateDir::end_wait_for_start() const {
    if (::unlinkat(fd_.get(), start_socket, 0) < 0 && errno != ENOENT)
        throw Error::last("remove", path_ + "/" + start_socket);
}

std::string StateDir::notify_path(const std::string& state_path) {
    return state_path + "/" + notify_directory;
}

void StateDir::make_notify_directory() const {
    // the container's users go there, by its mount
    if (::mkdirat(fd_.get(), notify_directory, 0755) < 0 ||
        ::fchmodat(fd_.get(), notify_directory, 0755, 0) < 0)
        throw Error::last("make the directory", notify_path());
}

UniqueFd StateDir::open_notify_directory() const {
    return open_directory(fd_.get(), notify_directory);
}

void StateDir::remove() {
    ours_ = false;
    if (const UniqueFd notify = open_notify_directory()) {
        ::unlinkat(notify.get(), "notify.sock", 0);
        ::unlinkat(fd_.get(), notify_directory, AT_REMOVEDIR);
    }
    for (const char* const name :
         {start_socket, config_file, state_file, ".state.json.new", ".config.json.new"})
        if (::unlinkat(fd_.get(), name, 0) < 0 && errno != ENOENT)
            break;
    for (std::size_t i = 0; ::unlinkat(fd_.get(), device_node(i).c_str(), 0) == 0;)
        ++i;
    if (::unlinkat(root_.get(), id_.c_str(), AT_REMOVEDIR) < 0 && errno != ENOENT)
        throw Error::last("remove the container's state directory", path_);
}

std::string default_state_root() {
    const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
    const char* const user = std::getenv("USER");
    // root of a user namespace has the files of the user who made it; conmon hands $USER on to nobody
    const bool others = ::geteuid() != 0 || ((!user || user != std::string_view("root")) && is_rootless());
    if (others && runtime && runtime[0] == '/')
        return std::string(runtime) + "/oci-run";
    return "/run/oci-run";
}

void check_id(const std::string& id) {
    const bool characters = std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::strchr("_+-.", c) != nullptr;
    });
    if (const auto slash = id.find('/'); slash != std::string::npos)
        throw Error("invalid container ID format: \"" + id + "\": invalid character `/` in the ID");
    if (id.empty() || !characters || id == "." || id == ".." || id.size() > 255 ||
        id.find('\0') != std::string::npos)
        throw Error("invalid container ID format: \"" + id + "\"",
                    "an ID has letters, digits and _ + - . only, and at most 255 of them");
}

}  // namespace ocikit::run
