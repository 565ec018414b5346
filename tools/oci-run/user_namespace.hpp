// What only the command can do for an init in a user namespace: it has rights there that
// init has lost.
#pragma once

#include <sys/types.h>

#include "kernel/channel.hpp"
#include "plan/init_plan.hpp"
#include "state/state_dir.hpp"

namespace ocikit::run {

// Gives the new user namespace of pid its ids: directly where the kernel lets this
// process, by newuidmap(1) and newgidmap(1) of $PATH otherwise. For a joined one: checks
// that the configuration's mappings, if it has any, are the namespace's.
void write_mappings(pid_t pid, const InitPlan& plan);

// Init's /proc/PID/oom_score_adj; without privileges a lower one is a warning.
void set_oom_score(pid_t pid, const ProcessPlan& process, std::vector<std::string>& warnings);

// Sends init what it may not be able to reach: the root directory and the sources of bind
// mounts, as its own mount namespace has them.
void send_sources(pid_t pid, const InitPlan& plan, const Channel& channel);
// The nodes of linux.devices, which no user namespace lets anybody make: made in a directory of the
// host's for a moment, and sent as mounts that are nowhere yet. Where oci-run may not make nodes
// either, none is sent.
void send_devices(pid_t pid, const InitPlan& plan, int directory, const Channel& channel);

// The nodes of linux.devices, which nobody may make in a user namespace: made in the container's
// state, and sent as mounts that are nowhere yet. Those of owners that aren't mapped are left to
// init, and all of them where oci-run may not make nodes either.
void send_devices(pid_t pid, const InitPlan& plan, const StateDir& state, const Channel& channel);

// Standard streams that are pipes or sockets become those of the container's user.
void give_standard_streams(pid_t pid, const ProcessPlan& process);

}  // namespace ocikit::run
