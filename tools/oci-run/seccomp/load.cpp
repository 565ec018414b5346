#include <cerrno>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "seccomp/filter.hpp"

namespace ocikit::run {

UniqueFd load_seccomp(const SeccompFilter& filter) {
    const struct sock_fprog program {
        static_cast<unsigned short>(filter.program.size()), const_cast<sock_filter*>(filter.program.data())
    };
    const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter.flags, &program);
    if (result < 0)
        throw Error::last("load the filter", "config.json: /linux/seccomp",
                          errno == EINVAL ? "this kernel lacks an action or a flag of the profile" : "");
    return filter.listener ? UniqueFd(static_cast<int>(result)) : UniqueFd();
}

}  // namespace ocikit::run
