#include <sys/resource.h>

#include <ocikit/rlimit.hpp>

namespace ocikit {

std::optional<int> rlimit_number(std::string_view name) {
    static constexpr struct {
        std::string_view name;
        int number;
    } limits[] = {
        {"RLIMIT_AS", RLIMIT_AS},
        {"RLIMIT_CORE", RLIMIT_CORE},
        {"RLIMIT_CPU", RLIMIT_CPU},
        {"RLIMIT_DATA", RLIMIT_DATA},
        {"RLIMIT_FSIZE", RLIMIT_FSIZE},
        {"RLIMIT_LOCKS", __RLIMIT_LOCKS},
        {"RLIMIT_MEMLOCK", __RLIMIT_MEMLOCK},
        {"RLIMIT_MSGQUEUE", __RLIMIT_MSGQUEUE},
        {"RLIMIT_NICE", __RLIMIT_NICE},
        {"RLIMIT_NOFILE", RLIMIT_NOFILE},
        {"RLIMIT_NPROC", __RLIMIT_NPROC},
        {"RLIMIT_RSS", __RLIMIT_RSS},
        {"RLIMIT_RTPRIO", __RLIMIT_RTPRIO},
        {"RLIMIT_RTTIME", __RLIMIT_RTTIME},
        {"RLIMIT_SIGPENDING", __RLIMIT_SIGPENDING},
        {"RLIMIT_STACK", RLIMIT_STACK},
    };
    for (const auto& limit : limits)
        if (limit.name == name)
            return limit.number;
    return std::nullopt;
}

}  // namespace ocikit
