// linux.seccomp, checked and put into the terms of seccomp(2): what both ways to
// compile it start from.
#pragma once

#include <cstdint>
#include <seccomp.h>
#include <string>
#include <vector>

#include <ocikit/linux.hpp>

namespace ocikit::run {

// Comparisons that all must hold, of different arguments.
using Conditions = std::vector<scmp_arg_cmp>;

struct ProfileRule {
    std::string pointer;
    const std::vector<std::string>* names = nullptr;  // of the profile, which must outlive this
    std::uint32_t action = 0;                         // SECCOMP_RET_… with its data
    std::vector<Conditions> alternatives;             // one at least; an empty one always holds
};

struct Profile {
    std::uint32_t default_action = 0;
    std::vector<std::uint32_t> architectures;  // SCMP_ARCH_…; this machine's first, each once
    std::vector<ProfileRule> rules;            // none with the default action: they change nothing
    bool notifies = false;                     // a rule is SCMP_ACT_NOTIFY
    const spec::Seccomp* source = nullptr;
};

// SCMP_ARCH_… of libseccomp; 0 if it has none.
std::uint32_t architecture_token(spec::SeccompArch architecture);

// Throws Error, with the pointer, for what can't be done.
Profile check_profile(const spec::Seccomp& seccomp);

}  // namespace ocikit::run
