// A container in the foreground: its signals, its terminal, its end.
#pragma once

#include <ocikit/unique_fd.hpp>

#include "launch.hpp"

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

// Passes signals on to init and, with a terminal, bytes in both directions, until
// init has ended.
ExitStatus supervise(Launched& container, const SignalSource& signals);

}  // namespace ocikit::run
