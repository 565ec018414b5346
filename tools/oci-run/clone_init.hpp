// Makes init's process in the namespaces of a plan.
#pragma once

#include <vector>

#include <ocikit/unique_fd.hpp>

#include "kernel/process.hpp"
#include "plan/init_plan.hpp"

namespace ocikit::run {

// Returns twice, like Process::clone. cgroup: the v2 directory to start in, or -1.
// to_join: namespaces left for init to join, of plan.joined_namespaces and in that order.
Process clone_init(const InitPlan& plan, int cgroup, std::vector<UniqueFd>& to_join);

}  // namespace ocikit::run
