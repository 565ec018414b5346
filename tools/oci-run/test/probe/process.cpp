// The process itself: who it is, what it may use, how it is scheduled.
#include <array>
#include <cerrno>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <sstream>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <ocikit/capability.hpp>
#include <ocikit/rlimit.hpp>

#include "parts.hpp"

namespace json = boost::json;

namespace probe {

namespace {

std::string status_line(const std::string& status, const std::string& name) {
    const auto at = status.find("\n" + name + ":\t");
    if (at == std::string::npos)
        return "";
    const auto start = at + name.size() + 3;
    return status.substr(start, status.find('\n', start) - start);
}

// In order of their numbers; those without a name as a number.
json::array capability_set(const std::string& status, const std::string& name) {
    json::array set;
    const auto bits = std::stoull(status_line(status, name), nullptr, 16);
    const auto names = ocikit::capability_names();
    for (unsigned i = 0; i < 64; ++i)
        if (bits >> i & 1)
            set.emplace_back(i < names.size() ? std::string(names[i]) : std::to_string(i));
    return set;
}

json::array numbers(const std::string& text) {
    json::array list;
    std::istringstream words(text);
    for (std::int64_t number = 0; words >> number;)
        list.emplace_back(number);
    return list;
}

json::value limit_value(rlim_t value) {
    return value == RLIM_INFINITY ? json::value("max") : json::value(std::uint64_t{value});
}

json::array affinity() {
    cpu_set_t set;
    json::array list;
    if (::sched_getaffinity(0, sizeof set, &set) == 0)
        for (int i = 0; i < CPU_SETSIZE; ++i)
            if (CPU_ISSET(i, &set))
                list.emplace_back(i);
    return list;
}

struct SchedulerAttributes {  // sched_setattr(2); glibc 2.36 has no declaration
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime, deadline, period;
};

json::object memory_policy() {
    int mode = 0;
    std::array<unsigned long, 64> nodes{};
    if (::syscall(SYS_get_mempolicy, &mode, nodes.data(), nodes.size() * 64, nullptr, 0) < 0)
        return {{"error", error_name(errno)}};
    json::array list;
    for (unsigned i = 0; i < nodes.size() * 64; ++i)
        if (nodes[i / 64] >> i % 64 & 1)
            list.emplace_back(i);
    return {{"mode", mode & ~MPOL_MODE_FLAGS}, {"flags", mode & MPOL_MODE_FLAGS}, {"nodes", std::move(list)}};
}

}  // namespace

json::value identity() {
    const std::string status = content("/proc/self/status");
    json::object report{{"uid", numbers(status_line(status, "Uid"))},
                        {"gid", numbers(status_line(status, "Gid"))},
                        {"groups", numbers(status_line(status, "Groups"))},
                        {"no_new_privileges", status_line(status, "NoNewPrivs") == "1"},
                        {"seccomp", std::stoi(status_line(status, "Seccomp"))}};
    const mode_t mask = ::umask(0);
    ::umask(mask);
    report["umask"] = mask;
    json::object sets;
    for (const auto& [set, line] :
         {std::pair{"bounding", "CapBnd"}, std::pair{"effective", "CapEff"}, std::pair{"permitted", "CapPrm"},
          std::pair{"inheritable", "CapInh"}, std::pair{"ambient", "CapAmb"}})
        sets[set] = capability_set(status, line);
    report["capabilities"] = std::move(sets);
    report["ignored_signals"] = status_line(status, "SigIgn");
    report["blocked_signals"] = status_line(status, "SigBlk");
    report["personality"] = ::personality(0xffffffff);
    return report;
}

json::value limits() {
    json::object report;
    for (const char* const name :
         {"RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_LOCKS",
          "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS",
          "RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK"}) {
        struct rlimit limit;
        if (::getrlimit(static_cast<__rlimit_resource>(*ocikit::rlimit_number(name)), &limit) == 0)
            report[name] = json::array{limit_value(limit.rlim_cur), limit_value(limit.rlim_max)};
    }
    return report;
}

json::value scheduling() {
    SchedulerAttributes attributes{};
    if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) < 0)
        return json::value(error_name(errno));
    const long io = ::syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
    return json::object{{"policy", attributes.policy},
                        {"flags", attributes.flags},
                        {"nice", attributes.nice},
                        {"priority", attributes.priority},
                        {"runtime", attributes.runtime},
                        {"deadline", attributes.deadline},
                        {"period", attributes.period},
                        {"io_class", io >> IOPRIO_CLASS_SHIFT},
                        {"io_priority", io & ((1 << IOPRIO_CLASS_SHIFT) - 1)},
                        {"affinity", affinity()},
                        {"memory", memory_policy()},
                        {"oom_score_adj", std::stoi("0" + content("/proc/self/oom_score_adj"))}};
}

}  // namespace probe
