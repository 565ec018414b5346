#include <cstring>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"

namespace ocikit::run {

void bring_up_loopback() {
    const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    struct ifreq request {};
    std::memcpy(request.ifr_name, "lo", 3);
    request.ifr_flags = IFF_UP;
    if (!fd || ::ioctl(fd.get(), SIOCSIFFLAGS, &request) < 0)
        throw Error::last("bring up", "loopback interface");
}

void set_names(const InitPlan& plan) {
    if (plan.hostname && ::sethostname(plan.hostname->data(), plan.hostname->size()) < 0)
        throw Error::last("set \"" + *plan.hostname + "\"", "config.json: /hostname");
    if (plan.domainname && ::setdomainname(plan.domainname->data(), plan.domainname->size()) < 0)
        throw Error::last("set \"" + *plan.domainname + "\"", "config.json: /domainname");
}

}  // namespace ocikit::run
