// Makes a container out of a bundle: the common part of `create` and `run`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ocikit/unique_fd.hpp>

#include "kernel/process.hpp"
#include "notify_socket.hpp"
#include "state/state_dir.hpp"

namespace ocikit::run {

enum class CgroupManager { cgroupfs, systemd, disabled };

struct LaunchRequest {
    std::string id;
    std::string bundle;      // as given; made absolute
    std::string config;      // instead of the bundle's config.json, relative to it; "": that
    std::string state_root;  // absolute
    std::string pid_file;    // "": none
    std::string console_socket;
    std::string pidfd_socket;
    std::string notify_socket;  // the caller's, for what the container tells it; "": none
    bool foreground = false;    // a terminal's master stays with the caller
    bool wait_for_start = false;
    bool pivot = true;
    bool new_keyring = true;
    CgroupManager cgroup_manager = CgroupManager::cgroupfs;
    unsigned listen_fds = 0;    // of $LISTEN_FDS, from descriptor 3 on
    unsigned preserve_fds = 0;  // more of them, after those
};

struct Launched {
    StateDir state;
    Record record;
    Process process;  // init; killed and reaped unless released
    std::shared_ptr<const CgroupLayout> layout;
    UniqueFd console;                  // the terminal's master, in the foreground with a terminal
    std::optional<Notifier> notifier;  // of a program that runs, if the caller has a socket
};

// Returns when the program has been executed, or when init waits for `start`.
// Anything that fails is an Error, and then nothing of the container is left.
// warnings: to be told; the container exists all the same.
Launched launch(const LaunchRequest& request, std::vector<std::string>& warnings);

}  // namespace ocikit::run
