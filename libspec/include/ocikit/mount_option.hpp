// Mount options by name (config.md#linux-mount-options, mount(8)).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ocikit {

// What an option does. value is, by kind:
//   attribute     MOUNT_ATTR_… of mount_setattr(2), set or cleared on the mount, with
//                 the mounts below it if recursive
//   propagation   MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE
//   superblock    a flag of the filesystem instance (fsconfig(2)): name is `flag`
//   bind          a bind mount; recursive: of the tree
//   mapped        an idmapped mount (idmap, ridmap)
//   none          the default, nothing to do
//   extension     of runtimes, beyond the specification: copy-symlink, src-nofollow and
//                 dest-nofollow of bind mounts, tmpcopyup of tmpfs
struct MountOption {
    enum class Kind { attribute, propagation, superblock, bind, mapped, none, extension };
    std::string_view name;
    Kind kind;
    std::uint64_t value = 0;
    bool clear = false;
    bool recursive = false;
    std::string_view flag = {};
};

// All options that a runtime must or should know, sorted by name.
std::span<const MountOption> mount_options();

// nullptr: not one of these, hence data for the filesystem.
const MountOption* find_mount_option(std::string_view name);

}  // namespace ocikit
