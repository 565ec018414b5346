// Every member of linux.resources: written by oci-run, read from the kernel's file, on the
// host and in the container; or refused, with the property, the reason and the remedy.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "containers.hpp"

namespace ocikit::run::test {

// The table of them, for each way to make a container's cgroup.
struct LimitsTest : Containers {
    std::vector<std::string> options;            // of oci-run
    std::function<void()> after_create = [] {};  // before what is read
    // refusals: those of what this machine can't apply, too; the cgroup is the default one then.
    void check_all(bool refusals);
};

}  // namespace ocikit::run::test
