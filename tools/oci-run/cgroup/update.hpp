// Changing the limits of a cgroup that is in use.
#pragma once

#include <ocikit/config.hpp>

#include "cgroup/cgroup.hpp"

namespace ocikit::run {

// What `change` sets takes the place of what `resources` has; device rules stay.
void merge_resources(spec::Resources& resources, const spec::Resources& change);

// Change without what callers send for "not given", and with those of the present members
// that have to be set along with a changed one.
spec::Resources complete_change(spec::Resources change, const spec::Resources& present);

// Applies a complete change, of which present is what was set before, in an order that the
// kernel takes at every step. If one can't be set, those before it get their old values
// back. Throws Error with the property.
void update_limits(Cgroup& cgroup, const spec::Resources& present, const spec::Resources& change);

}  // namespace ocikit::run
