// A BPF program of our own for a profile.
//
// libseccomp needs 20 ms for the profile that engines use: longer than all the rest of a
// container's start. This takes a hundredth of that, and its programs are shorter: for
// each architecture a binary search over ranges of system calls with the same answer. A
// test compares both, call by call.
#pragma once

#include <linux/filter.h>
#include <optional>
#include <vector>

#include "seccomp/profile.hpp"

namespace ocikit::run {

// Nothing for the few profiles of which the meaning is libseccomp's to define: other
// architectures than x86, ARM and their 64-bit ones, and conditional rules for one
// call with different actions, more than one of which may apply.
std::optional<std::vector<sock_filter>> emit_filter(const Profile& profile);

// The same by libseccomp. Throws Error, with the pointer, for what it can't do.
std::vector<sock_filter> compile_by_libseccomp(const Profile& profile);

}  // namespace ocikit::run
