// Mounts built detached and put in place by descriptor (fsopen(2), open_tree(2),
// mount_setattr(2), move_mount(2)); Linux 5.12 or later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ocikit/unique_fd.hpp>

namespace ocikit::run {

// Per-mount attributes: MOUNT_ATTR_… to set and to clear, and the propagation
// (MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE; 0: as it is).
struct MountAttributes {
    std::uint64_t set = 0;
    std::uint64_t clear = 0;
    std::uint64_t propagation = 0;

    bool empty() const { return set == 0 && clear == 0 && propagation == 0; }
};

// A parameter of a filesystem: `key` or `key=value`.
using FsParameter = std::pair<std::string, std::string>;

// A mount that isn't anywhere yet; if it never gets there it goes with the descriptor.
class DetachedMount {
  public:
    // A new instance of a filesystem. An error has the kernel's own explanation if
    // it gave one.
    static DetachedMount create(const std::string& type, const std::string& source,
                                const std::vector<FsParameter>& parameters, std::uint64_t attributes);
    // A copy of what is at fd (a bind mount), with the mounts below it if recursive.
    static DetachedMount copy(int fd, bool recursive);
    // The same by path; flags: AT_SYMLINK_NOFOLLOW.
    static DetachedMount copy(int directory, const char* path, bool recursive, std::string_view shown,
                              unsigned flags = 0);

    int fd() const { return fd_.get(); }
    // One that was made by the same process before, or by its parent.
    static DetachedMount take(UniqueFd fd) { return DetachedMount(std::move(fd)); }

    void set(const MountAttributes& attributes, bool recursive);
    // Puts the mount onto the directory or file of target. The descriptor stays open
    // and is then one of the mounted root.
    void attach(int target, std::string_view shown);
    // The same for a name in a directory which nobody else writes to.
    void attach(int directory, const char* name, std::string_view shown);
    UniqueFd release() { return std::move(fd_); }

  private:
    explicit DetachedMount(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

// mount_setattr(2) on the mount whose root is fd.
void set_mount_attributes(int fd, const MountAttributes& attributes, bool recursive, std::string_view shown);

// Gives a mount that isn't attached yet the ID mapping of a user namespace.
void map_mount(int fd, int user_namespace, bool recursive);

// Whether a filesystem can be made only by mount(2): with a flag that fsconfig(2) has no name
// for, or with a value longer than it takes.
bool needs_mount_call(const std::string& source, const std::vector<FsParameter>& parameters,
                      std::uint64_t flags);
// mount(2) onto the directory target; the caller looks it up again to find the mount.
void mount_onto(int target, const std::string& type, const std::string& source,
                const std::vector<FsParameter>& parameters, std::uint64_t flags);

// Changes parameters of the filesystem whose mount's root is fd.
void reconfigure(int fd, const std::vector<FsParameter>& parameters);

// Whether fd is the root of a mount.
bool is_mount_root(int fd);

}  // namespace ocikit::run
