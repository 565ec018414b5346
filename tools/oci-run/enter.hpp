// Runs one more program in a container that runs already: `exec`.
#pragma once

#include <string>
#include <vector>

#include <ocikit/config.hpp>
#include <ocikit/unique_fd.hpp>

#include "cgroup/join.hpp"
#include "container.hpp"
#include "kernel/process.hpp"

namespace ocikit::run {

struct EnterRequest {
    spec::Process process;
    // What messages call the process object instead of `config.json: /process`: a file's
    // name, or "" for a command line.
    std::string process_name;
    std::vector<SubCgroup> cgroups;
    std::string pid_file;  // "": none
    std::string console_socket;
    std::string pidfd_socket;
    bool foreground = true;
    bool ignore_paused = false;
    unsigned preserve_fds = 0;
};

struct Entered {
    Process process;   // killed and reaped unless released
    UniqueFd console;  // the terminal's master, in the foreground with a terminal
};

// Returns when the program has been executed. The rest of its surroundings (seccomp) is
// that of the container's configuration, as it was at create.
Entered enter(const Container& container, const spec::Config& config, EnterRequest request,
              std::vector<std::string>& warnings);

}  // namespace ocikit::run
