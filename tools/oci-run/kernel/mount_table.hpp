// /proc/self/mountinfo (proc_pid_mountinfo(5)).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ocikit::run {

struct MountTableEntry {
    std::string root;   // within the filesystem
    std::string point;  // as seen from this process's root
    std::string type;
};

// The mounts of this process's namespace, the last one made first.
std::vector<MountTableEntry> read_mount_table();
std::vector<MountTableEntry> parse_mount_table(std::string_view text);

}  // namespace ocikit::run
