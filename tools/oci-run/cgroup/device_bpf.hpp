// Device rules on cgroup v2: a BPF program on the cgroup (cgroup-v2.rst, "Device controller").
#pragma once

#include <linux/bpf.h>
#include <vector>

#include "cgroup/device_rules.hpp"

namespace ocikit::run {

// The program for these rules: of every access that is asked for (read, write,
// mknod) the last rule that matches decides; no rule: denied.
std::vector<bpf_insn> device_program(const std::vector<DeviceAccess>& rules);

// Loads it and attaches it to the cgroup of fd, where it lasts as long as the cgroup. All
// that are attached have to allow an access: alone: those that are there already go, as of
// a container before this one; a single one is replaced in one step.
void attach_device_program(int cgroup, const std::vector<DeviceAccess>& rules, bool alone);

}  // namespace ocikit::run
