// System calls that are newer than a seccomp profile.
//
// A profile that denies with EPERM what it doesn't name also denies what its author
// couldn't know, and C libraries fall back to an older call on ENOSYS only. So what has a
// higher number than every call that the profile names, on that architecture, gets ENOSYS.
#pragma once

#include <cstdint>
#include <linux/filter.h>
#include <vector>

#include <ocikit/linux.hpp>

namespace ocikit::run {

// Whether the profile's default is a refusal, and another one than ENOSYS.
bool denies_by_default(const spec::Seccomp& seccomp);

// The highest number of the calls that the profile names, on an architecture (SCMP_ARCH_…);
// -1 if it names none.
int highest_call(const spec::Seccomp& seccomp, std::uint32_t arch);

// Puts the check before the program.
void prepend_newer_calls(std::vector<sock_filter>& program, const spec::Seccomp& seccomp);

}  // namespace ocikit::run
