// How this machine's cgroups are mounted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ocikit/unique_fd.hpp>

namespace ocikit::run {

// One mounted cgroup hierarchy. On v2 there is one, with every controller; on v1
// and in the hybrid layout (v1 with an extra v2 mount) the v1 ones.
struct CgroupHierarchy {
    std::string name;       // of its directory: "memory", "cpu,cpuacct", "systemd"; "" on v2
    std::string directory;  // absolute
    std::string own;        // this process's cgroup, below the mount; where it was asked for

    bool has(std::string_view controller) const;  // v1
    // A path in this hierarchy as counted from CgroupLayout::top.
    std::string below(const std::string& path) const { return name.empty() ? path : name + "/" + path; }
};

struct CgroupLayout {
    enum class Version { none, v1, v2 };
    Version version = Version::none;
    UniqueFd top;  // of /sys/fs/cgroup, O_PATH; one descriptor serves all hierarchies
    std::vector<CgroupHierarchy> hierarchies;

    // Looks where every distribution mounts them, /sys/fs/cgroup (cgroups(7)).
    static CgroupLayout detect();
    const CgroupHierarchy* find(std::string_view controller) const;
};

}  // namespace ocikit::run
