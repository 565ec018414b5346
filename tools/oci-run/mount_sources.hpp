// What the command opens for init's mounts, because it can't be had inside the container's
// namespaces: bind mounts that stay connected with the host's (slave, shared), and those
// with an ID mapping, which only root of the filesystem's own user namespace may set.
#pragma once

#include <vector>

#include <ocikit/unique_fd.hpp>

#include "kernel/mount.hpp"
#include "plan/init_plan.hpp"

namespace ocikit::run {

struct MountSource {
    std::size_t index = 0;    // of the mount in config.json
    UniqueFd mount;           // of a bind: detached, with its mapping
    UniqueFd user_namespace;  // of a filesystem that init makes: for its mapping
};

// Whether a bind mount is to get what the host mounts in its source later on.
bool stays_connected(const MountStep& step);

// A detached copy of a bind mount's source.
DetachedMount copy_source(const MountStep& step);

std::vector<MountSource> open_mount_sources(const InitPlan& plan);

}  // namespace ocikit::run
