// The root of a container that has no mount namespace of its own: its mounts are made in one
// that others use too, the caller's or the one it joins. All of them are below one mount, on
// the root directory, and go with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/init_plan.hpp"

namespace ocikit::run {

struct SharedRoot {
    std::uint64_t mount_id = 0;   // 0: the container has a mount namespace of its own
    std::string path;             // of the root directory
    std::string mount_namespace;  // the joined one's path; "": the caller's
};

SharedRoot attach_shared_root(const InitPlan& plan);

// Unmounts it, if it is still there, and then removes what a RootPath has made in it.
void detach_shared_root(const SharedRoot& root, const std::vector<std::string>& made = {});

}  // namespace ocikit::run
