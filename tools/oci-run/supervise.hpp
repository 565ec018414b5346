// A container's program in the foreground: its signals, its terminal, its end.
#pragma once

#include <ocikit/unique_fd.hpp>

#include "kernel/process.hpp"
#include "notify_socket.hpp"

namespace ocikit::run {

// Blocks every signal from its making on and gives them out one by one. The mask
// stays: the process ends with the container.
class SignalSource {
  public:
    SignalSource();
    // Waits for the next one.
    int wait() const;
    // A signalfd(2) of the same signals, for a loop that waits for more than these.
    UniqueFd open() const;
};

// Passes signals on to a child and, with a terminal's master, bytes in both directions, until
// it has ended; and what it tells to the caller's service manager, if notifier isn't null.
ExitStatus supervise(Process& process, UniqueFd console, const Notifier* notifier,
                     const SignalSource& signals);

}  // namespace ocikit::run
