#include <algorithm>
#include <linux/sched.h>
#include <sched.h>
#include <string_view>

#include <ocikit/document.hpp>

#include "plan/make_plan.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

// The sysctls that a namespace has for itself (namespaces(7), ipc_namespaces(7)); any
// other one is the whole machine's.
struct Namespaced {
    std::string_view name;  // a path below /proc/sys; all of a directory if it ends with /
    std::uint64_t flag;
    std::string_view type;  // of the namespace, in config.json
};
constexpr Namespaced namespaced[] = {
    {"fs/mqueue/", CLONE_NEWIPC, "ipc"},      {"kernel/domainname", CLONE_NEWUTS, "uts"},
    {"kernel/hostname", CLONE_NEWUTS, "uts"}, {"kernel/msgmax", CLONE_NEWIPC, "ipc"},
    {"kernel/msgmnb", CLONE_NEWIPC, "ipc"},   {"kernel/msgmni", CLONE_NEWIPC, "ipc"},
    {"kernel/sem", CLONE_NEWIPC, "ipc"},      {"kernel/shm_rmid_forced", CLONE_NEWIPC, "ipc"},
    {"kernel/shmall", CLONE_NEWIPC, "ipc"},   {"kernel/shmmax", CLONE_NEWIPC, "ipc"},
    {"kernel/shmmni", CLONE_NEWIPC, "ipc"},   {"net/", CLONE_NEWNET, "network"},
    {"user/", CLONE_NEWUSER, "user"},
};

// "net.ipv4.ip_forward" and "net/ipv4/ip_forward" are the same; with slashes a dot is
// part of a name, as in "net/ipv4/conf/eth0.1/forwarding" (sysctl.d(5)).
std::string sysctl_path(std::string key) {
    const auto first = key.find_first_of("./");
    if (first != std::string::npos && key[first] == '.')
        std::replace(key.begin(), key.end(), '.', '/');
    return key;
}

const Namespaced* find_namespaced(std::string_view path) {
    for (const auto& one : namespaced)
        if (one.name.ends_with('/') ? path.starts_with(one.name) : path == one.name)
            return &one;
    return nullptr;
}

}  // namespace

std::vector<SysctlStep> plan_sysctls(const spec::Config& config, const InitPlan& plan) {
    std::vector<SysctlStep> steps;
    for (const auto& [key, value] : config.linux->sysctl) {
        const std::string pointer = pointer_append("/linux/sysctl", key);
        const std::string path = sysctl_path(key);
        const Namespaced* const found = find_namespaced(path);
        if (!found || path.find("..") != std::string::npos)
            refuse(pointer, "is not of a namespace: it would be set for the whole machine");
        if (!has_namespace(plan, found->flag))
            refuse(pointer, "needs a namespace of the container's own",
                   "add {\"type\": \"" + std::string(found->type) + "\"} to /linux/namespaces");
        if (path == "kernel/hostname")
            refuse(pointer, "is what /hostname is for", "set /hostname instead");
        if (path == "kernel/domainname" && config.domainname && *config.domainname != value)
            refuse(pointer, "\"" + value + "\" contradicts /domainname, \"" + *config.domainname + "\"");
        steps.push_back({key, path, value});
    }
    return steps;
}

}  // namespace ocikit::run
