// linux.sysctl
#include <cerrno>
#include <fcntl.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"
#include "kernel/files.hpp"

namespace ocikit::run {

void set_sysctls(const std::vector<SysctlStep>& steps) {
    if (steps.empty())
        return;
    const UniqueFd proc = open_own_proc();
    const RootPath paths(proc.get());
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
