// Who answers for system calls with SCMP_ACT_NOTIFY (config-linux.md#seccomp).
#pragma once

#include <sys/types.h>

#include <ocikit/state.hpp>

#include "seccomp/filter.hpp"

namespace ocikit::run {

// Sends the container process state (config-linux.md#containerprocessstate) and the file to
// listen at to the profile's listener. pid: of the process with the filter. Throws Error
// if the listener isn't there.
void send_to_listener(const SeccompFilter::Listener& listener, const spec::State& state, pid_t pid, int fd);

}  // namespace ocikit::run
