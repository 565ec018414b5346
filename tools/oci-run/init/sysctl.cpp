// linux.sysctl
#include <cerrno>
#include <fcntl.h>
#include <sys/mount.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"
#include "kernel/files.hpp"
#include "kernel/mount.hpp"

namespace ocikit::run {

void set_sysctls(const std::vector<SysctlStep>& steps) {
    if (steps.empty())
        return;
    // an instance of procfs of our own, never attached: what is mounted on the container's
    // can't redirect these (CVE-2025-52881)
    const DetachedMount proc =
        DetachedMount::create("proc", "proc", {}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    const RootPath paths(proc.fd());
    for (const auto& step : steps) {
        const UniqueFd fd = paths.try_open("sys/" + step.path, O_WRONLY);
        if (!fd)
            throw Error::last("set", "config.json: /linux/sysctl/" + step.key,
                              errno == ENOENT ? "this kernel doesn't have it" : "");
        write_all(fd.get(), step.value,
                  "config.json: /linux/sysctl/" + step.key + ": \"" + step.value + "\"");
    }
}

}  // namespace ocikit::run
