// Where in a container's cgroup a further process goes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ocikit/unique_fd.hpp>

#include "cgroup/cgroup.hpp"

namespace ocikit::run {

// A cgroup below the container's own.
struct SubCgroup {
    std::vector<std::string> controllers;  // v1: in their hierarchies; none: in all
    std::string path;                      // of names only; "" is the container's own
};

// `[CONTROLLER[,CONTROLLER…]:]PATH`, as --cgroup of exec has it. Throws Error for a path
// that leads out of the container's cgroup.
SubCgroup parse_sub_cgroup(std::string_view text);

// v1: the files to write "0" to, one a hierarchy. They can be written after the process has
// left the namespaces and privileges that it takes to open them.
std::vector<UniqueFd> open_tasks(const Cgroup& cgroup, const std::vector<SubCgroup>& wanted);

// v2: the directory, for CLONE_INTO_CGROUP.
UniqueFd open_directory_v2(const Cgroup& cgroup, const std::vector<SubCgroup>& wanted);
// v2: that of the cgroup which a process is in.
UniqueFd open_directory_of_v2(const CgroupLayout& layout, pid_t pid);

}  // namespace ocikit::run
