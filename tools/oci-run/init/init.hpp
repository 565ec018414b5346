// The container's init process: carries out an InitPlan, then becomes the program.
//
// It is a fork of the single-threaded command, and so may allocate and throw; what
// it throws reaches the command as an error message. It never returns.
#pragma once

#include <vector>

#include <ocikit/unique_fd.hpp>

#include "cgroup/cgroup.hpp"
#include "hooks.hpp"
#include "kernel/channel.hpp"
#include "mount_sources.hpp"
#include "plan/init_plan.hpp"

namespace ocikit::run {

struct InitContext {
    const InitPlan& plan;
    const Cgroup& cgroup;
    const Channel& channel;
    // Of plan.joined_namespaces, in that order; the pid namespace is joined already.
    const std::vector<UniqueFd>& namespaces;
    // For the mounts that need them.
    const std::vector<MountSource>& mount_sources;
    // The listening socket on which the stub waits for `start`; -1: run at once.
    int start_socket = -1;
    // Descriptors from 3 on that the program gets.
    unsigned preserved_fds = 0;
    const HookStreams& hook_streams;
};

[[noreturn]] void run_init(const InitContext& context);

}  // namespace ocikit::run
