#include <linux/seccomp.h>

#include <ocikit/error.hpp>

#include "plan/refusal.hpp"
#include "seccomp/emit.hpp"
#include "seccomp/filter.hpp"

namespace ocikit::run {

namespace {

unsigned flag_of(spec::SeccompFlag flag) {
    switch (flag) {
        case spec::SeccompFlag::tsync:
            return SECCOMP_FILTER_FLAG_TSYNC;
        case spec::SeccompFlag::log:
            return SECCOMP_FILTER_FLAG_LOG;
        case spec::SeccompFlag::spec_allow:
            return SECCOMP_FILTER_FLAG_SPEC_ALLOW;
        case spec::SeccompFlag::wait_killable_recv:
            break;
    }
    return 1u << 5;  // SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19
}

unsigned flags_of(const spec::Seccomp& seccomp, bool notifies) {
    unsigned flags = notifies ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
    for (std::size_t i = 0; i < seccomp.flags.size(); ++i) {
        if (seccomp.flags[i] == spec::SeccompFlag::wait_killable_recv && !notifies)
            refuse("/linux/seccomp/flags/" + std::to_string(i),
                   spec::to_text(seccomp.flags[i]) + " needs a rule with SCMP_ACT_NOTIFY");
        flags |= flag_of(seccomp.flags[i]);
    }
    // both use the result of seccomp(2); with this flag it is the listener's
    if (notifies && flags & SECCOMP_FILTER_FLAG_TSYNC)
        flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
    return flags;
}

}  // namespace

SeccompFilter compile_seccomp(const spec::Seccomp& seccomp) {
    const Profile profile = check_profile(seccomp);
    SeccompFilter filter;
    auto program = emit_filter(profile);
    filter.program = program ? std::move(*program) : compile_by_libseccomp(profile);
    if (filter.program.size() > BPF_MAXINSNS)
        refuse("/linux/seccomp", "the filter has " + std::to_string(filter.program.size()) +
                                     " instructions, the kernel takes " + std::to_string(BPF_MAXINSNS));
    filter.flags = flags_of(seccomp, profile.notifies);
    if (profile.notifies)
        filter.listener = {*seccomp.listenerPath, seccomp.listenerMetadata.value_or("")};
    return filter;
}

}  // namespace ocikit::run
