// linux.seccomp → a BPF program for seccomp(2) (config-linux.md#seccomp).
#pragma once

#include <linux/filter.h>
#include <optional>
#include <string>
#include <vector>

#include <ocikit/linux.hpp>
#include <ocikit/unique_fd.hpp>

namespace ocikit::run {

struct SeccompFilter {
    std::vector<sock_filter> program;
    unsigned flags = 0;  // SECCOMP_FILTER_FLAG_…
    // Who is notified of calls by SCMP_ACT_NOTIFY, if the profile has it.
    struct Listener {
        std::string path;  // of a socket, on the host
        std::string metadata;
    };
    std::optional<Listener> listener;
};

// Compiles by a search tree of our own (emit.hpp), or with libseccomp. System calls that this
// libseccomp doesn't know are left out, as the profile's author expects of older
// machines. Those newer than every one that the profile names get ENOSYS instead of an
// errno that programs take for a lasting refusal (so does runc).
// Throws Error, with the pointer, for what can't be done.
SeccompFilter compile_seccomp(const spec::Seccomp& seccomp);

// Throws Error for a rule with a system call that this libseccomp doesn't know.
void refuse_unknown_calls(const spec::Seccomp& seccomp);

// What a profile can name here, of a library whose version is that.
std::vector<spec::SeccompArch> seccomp_architectures();
std::string seccomp_library_version();

// Loads it for the calling process. Without no_new_privs that needs CAP_SYS_ADMIN. The
// result is what a listener listens at, if the filter has one.
UniqueFd load_seccomp(const SeccompFilter& filter);

}  // namespace ocikit::run
