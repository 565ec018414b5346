// The I/O limits of a container as properties of its unit.
#pragma once

#include <vector>

#include "cgroup/resources.hpp"
#include "cgroup/systemd_unit.hpp"

namespace ocikit::run {

// Weights and throttles for all devices and for single ones; what is written elsewhere is left
// out. bfq: whether the cgroup has io.bfq.weight, and weights go there: systemd, which has
// one property for that and io.weight, converts between their scales.
SystemdProperties io_properties(const std::vector<CgroupWrite>& limits, bool bfq);

}  // namespace ocikit::run
