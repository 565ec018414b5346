#include <algorithm>
#include <cerrno>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ocikit/capability.hpp>
#include <ocikit/error.hpp>

#include "init/protocol.hpp"
#include "init/steps.hpp"

namespace ocikit::run {

namespace {

struct KernelSets {
    struct __user_cap_header_struct header {
        _LINUX_CAPABILITY_VERSION_3, 0
    };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] {};
};

std::uint64_t own_permitted() {
    KernelSets sets;
    if (::syscall(SYS_capget, &sets.header, sets.data) < 0)
        throw Error::last("read the process's own capabilities", "capget");
    return sets.data[0].permitted | static_cast<std::uint64_t>(sets.data[1].permitted) << 32;
}

// What can't be granted is left out with a warning (config.md#linux-process).
void leave_out(std::uint64_t& set, std::uint64_t available, const std::string& name, const char* reason,
               const Channel& channel) {
    std::string missing;
    const auto names = capability_names();
    for (unsigned i = 0; i < names.size(); ++i)
        if (set >> i & ~available >> i & 1)
            missing += (missing.empty() ? "" : ", ") + std::string(names[i]);
    if (!missing.empty())
        send_message(
            channel, MessageType::warning,
            "config.json: /process/capabilities/" + name + ": left out: " + missing + " (" + reason + ")");
    set &= available;
}

void drop_bounding(std::uint64_t kept) {
    for (unsigned i = 0; i < 64; ++i) {
        if (kept >> i & 1)
            continue;
        if (::prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0) {
            if (errno == EINVAL)  // above the last one that this kernel has
                return;
            throw Error::last("drop from the bounding set", "capability " + std::to_string(i));
        }
    }
}

// Pipes that were made for this program: it can open them again by /dev/stdout.
void own_standard_streams(const ProcessPlan& process) {
    for (int fd = 0; fd <= 2; ++fd) {
        struct stat st;
        if (::fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) &&
            st.st_uid != process.uid && ::fchown(fd, process.uid, process.gid) < 0 && errno != EPERM &&
            errno != EROFS && errno != EINVAL)
            throw Error::last("set the owner of", "standard stream " + std::to_string(fd));
    }
}

// In a user namespace whose only group an ordinary user has mapped, setgroups(2) is denied.
void refuse_denied_groups(const ProcessPlan& process, int code) {
    const bool none = std::all_of(process.groups.begin(), process.groups.end(),
                                  [&process](gid_t group) { return group == process.gid; });
    if (code == EPERM && process.in_user_namespace && none)
        return;
    throw Error(
        {.operation = "setgroups",
         .object = "config.json: /process/user/additionalGids",
         .code = code,
         .hint = code == EPERM && process.in_user_namespace
                     ? "groups can't be set in a user namespace of one's own group alone; with ranges "
                       "of /etc/subgid in /linux/gidMappings they can"
                     : ""});
}

void set_user(const ProcessPlan& process) {
    if (!process.keep_groups && ::setgroups(process.groups.size(), process.groups.data()) < 0)
        refuse_denied_groups(process, errno);
    if (::setresgid(process.gid, process.gid, process.gid) < 0)
        throw Error::last("apply /process/user/gid", "setresgid");
    if (::setresuid(process.uid, process.uid, process.uid) < 0)
        throw Error::last("apply /process/user/uid", "setresuid");
}

Error limit_error(const LimitStep& limit) {
    return Error::last("set to soft " + std::to_string(limit.soft) + ", hard " + std::to_string(limit.hard),
                       "config.json: /process/rlimits: " + limit.name,
                       errno == EPERM ? "raising a hard limit needs CAP_SYS_RESOURCE" : "");
}

}  // namespace

void set_capabilities(const CapabilitySets& sets) {
    KernelSets kernel;
    for (unsigned half = 0; half < 2; ++half) {
        const auto part = [half](std::uint64_t set) {
            return static_cast<std::uint32_t>(set >> (32 * half));
        };
        kernel.data[half] = {part(sets.effective), part(sets.permitted), part(sets.inheritable)};
    }
    if (::syscall(SYS_capset, &kernel.header, kernel.data) < 0)
        throw Error::last("set /process/capabilities", "capset");
    for (unsigned i = 0; i < 64 && sets.ambient >> i; ++i)
        if (sets.ambient >> i & 1 && ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
            throw Error::last("raise in /process/capabilities/ambient", "capability " + std::to_string(i));
}

void raise_hard_limits(const ProcessPlan& process, pid_t pid) {
    for (const auto& limit : process.limits) {
        const auto resource = static_cast<__rlimit_resource>(limit.resource);
        struct rlimit value {};
        if (::prlimit(pid, resource, nullptr, &value) < 0)
            throw Error::last("read the limit", limit.name);
        if (limit.hard <= value.rlim_max)
            continue;
        value.rlim_max = limit.hard;
        if (::prlimit(pid, resource, &value, nullptr) < 0)
            throw limit_error(limit);
    }
}

void set_limits(const ProcessPlan& process) {
    for (const auto& limit : process.limits) {
        const struct rlimit value { limit.soft, limit.hard };
        if (::setrlimit(static_cast<__rlimit_resource>(limit.resource), &value) < 0)
            throw limit_error(limit);
    }
}

CapabilitySets take_credentials(const ProcessPlan& process, const Channel& channel, std::uint64_t keep) {
    CapabilitySets sets = process.capabilities.value_or(CapabilitySets{});
    const std::uint64_t own = own_permitted();
    leave_out(sets.permitted, own, "permitted", "oci-run doesn't have it", channel);
    leave_out(sets.effective, sets.permitted, "effective", "not permitted", channel);
    leave_out(sets.inheritable, own | sets.permitted, "inheritable", "oci-run doesn't have it", channel);
    // Root has all that is permitted without them, whatever it executes (capabilities(7)); runc's and
    // buildah's configurations name them so, and nobody wants to be told each time.
    if (process.uid == 0)
        sets.ambient &= sets.permitted & sets.inheritable;
    leave_out(sets.ambient, sets.permitted & sets.inheritable, "ambient",
              "not both permitted and inheritable", channel);
    if (process.uid != 0)
        own_standard_streams(process);
    drop_bounding(sets.bounding);
    if (process.uid != 0 && ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        throw Error::last("keep capabilities over the change of user", "prctl");
    set_user(process);
    CapabilitySets first = sets;
    first.permitted |= keep & own;
    first.effective |= keep & own;
    if (keep != 0)
        first.ambient = 0;
    set_capabilities(first);
    if (process.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        throw Error::last("apply /process/noNewPrivileges", "prctl");
    return sets;
}

bool try_working_directory(const ProcessPlan& process) {
    return ::chdir(process.cwd.c_str()) == 0;
}

void enter_working_directory(const ProcessPlan& process, bool entered) {
    if (!entered && ::chdir(process.cwd.c_str()) < 0)
        throw Error::last("chdir to \"" + process.cwd + "\"", "config.json: /process/cwd");
    // Not glibc's: outside the root the kernel says so (CVE-2024-21626).
    char path[4096];
    const long length = ::syscall(SYS_getcwd, path, sizeof path);
    if (length <= 0 || path[0] != '/')
        throw Error({.operation = "chdir to \"" + process.cwd + "\"",
                     .object = "config.json: /process/cwd",
                     .reason = "it is outside of the container's root filesystem"});
}

}  // namespace ocikit::run
