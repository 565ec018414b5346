// sd_notify(3) out of a container: its program tells oci-run, and oci-run tells the service
// manager that called it, whose socket the container doesn't get to see.
#pragma once

#include <string>
#include <sys/types.h>

#include <ocikit/config.hpp>
#include <ocikit/unique_fd.hpp>

#include "kernel/channel.hpp"

namespace ocikit::run {

// $NOTIFY_SOCKET, "" if there is none. Throws Error for one that is neither an absolute path
// nor, with a leading @, an abstract address.
std::string callers_notify_socket();

// Binds directory, of the host, below the container's /run, and sets the program's
// $NOTIFY_SOCKET to the socket that a Notifier makes there.
void add_notify_socket(spec::Config& config, const std::string& directory);

class Notifier {
  public:
    // Connects to the caller's socket, and makes the container's in directory (a descriptor).
    // shown: the directory, for errors.
    Notifier(const std::string& callers, int directory, const std::string& shown);

    // Readable when the container has told something.
    int fd() const { return inside_.get(); }
    // Passes that on, but for what only the host can know, such as process IDs: with READY=1
    // goes main_process as MAINPID. Doesn't wait. True if READY=1 was among it.
    bool pass_on(pid_t main_process) const;
    // Passes on until the container is ready, or its process has ended; then waits, for a few
    // seconds at most, until the caller has taken it.
    void await_ready(pid_t process) const;

  private:
    void tell(const std::string& text, int descriptor = -1) const;
    void send_barrier() const;

    Channel outside_;
    UniqueFd inside_;
};

}  // namespace ocikit::run
