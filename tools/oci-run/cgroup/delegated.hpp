// Cgroups for who isn't the machine's root: below its own only, if at all.
#pragma once

#include <optional>
#include <string>

#include "cgroup/layout.hpp"

namespace ocikit::run {

// Fills in CgroupHierarchy::own.
void find_own_cgroups(CgroupLayout& layout);

// v2: the cgroup, as a path below the mount, in which this process can make others and
// start processes in them; nothing if there is none. It is the one above its own, which has
// no processes itself and so can hand on controllers, or else its own.
std::optional<std::string> delegated_cgroup(const CgroupLayout& layout);

}  // namespace ocikit::run
