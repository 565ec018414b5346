// Holding all processes of a cgroup, and letting them go on.
#pragma once

#include "cgroup/cgroup.hpp"

namespace ocikit::run {

// Both return when it is done; throw Error if it can't be, with nothing changed.
void freeze(const Cgroup& cgroup);
void thaw(const Cgroup& cgroup);

// Whether the cgroup is held now, by itself or with one above it. Needs no look at the
// machine's layout; false where there is no cgroup.
bool is_frozen(const CgroupRecord& cgroup);

}  // namespace ocikit::run
