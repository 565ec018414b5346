// linux.sysctl
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"
#include "kernel/files.hpp"

namespace ocikit::run {

namespace {

std::string pointer_of(const SysctlStep& step) {
    return "config.json: /linux/sysctl/" + step.key;
}

// The two names of a uts namespace: the calls need a right in that namespace only, the
// files are open to the machine's root alone.
bool set_name(const SysctlStep& step) {
    const bool host = step.path == "kernel/hostname";
    if (!host && step.path != "kernel/domainname")
        return false;
    const auto set = host ? ::sethostname : ::setdomainname;
    if (set(step.value.data(), step.value.size()) < 0)
        throw Error::last("set \"" + step.value + "\"", pointer_of(step));
    return true;
}

const char* why_not(int code, bool in_user_namespace) {
    if (code == ENOENT)
        return "this kernel doesn't have it";
    return code == EACCES && in_user_namespace ? "before Linux 6.10 some belong to the machine's root alone"
                                               : "";
}

}  // namespace

void set_sysctls(const std::vector<SysctlStep>& steps, bool in_user_namespace) {
    UniqueFd proc;
    for (const auto& step : steps) {
        if (set_name(step))
            continue;
        if (!proc)
            proc = open_own_proc();
        const UniqueFd fd = RootPath(proc.get()).try_open("sys/" + step.path, O_WRONLY);
        if (!fd)
            throw Error::last("set", pointer_of(step), why_not(errno, in_user_namespace));
        write_all(fd.get(), step.value, pointer_of(step) + ": \"" + step.value + "\"");
    }
}

}  // namespace ocikit::run
