// A process that joins a container which runs already, and becomes a program in it.
//
// Like init it is a fork of the single-threaded command; what it throws reaches the
// command as an error message. Of init/protocol.hpp it sends process (if it forks
// again), console, warning, ready, not_executed and error, and waits for one go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ocikit/unique_fd.hpp>

#include "init/steps.hpp"
#include "kernel/channel.hpp"
#include "plan/init_plan.hpp"

namespace ocikit::run {

struct EnterPlan {
    std::string id;
    ProcessPlan process;
    std::optional<SeccompFilter> seccomp;
    bool new_keyring = true;
};

struct EnterContext {
    const EnterPlan& plan;
    const Channel& channel;
    int init = -1;                       // pidfd of the container's init
    int namespaces = 0;                  // CLONE_NEW… of those of init to join
    int root = -1;                       // where that of init isn't its mount namespace's
    bool fork_again = false;             // the pid namespace is joined here, so that only a child is in it
    const std::vector<UniqueFd>& tasks;  // v1: the files to write the own id to
    std::uint64_t ignored_signals = 0;
    FileId own_executable;
    unsigned preserved_fds = 0;
};

[[noreturn]] void run_entering(const EnterContext& context);

}  // namespace ocikit::run
