// Kernel parameters: only those of namespaces are the container's own.
#include <algorithm>
#include <optional>

#include <ocikit/text.hpp>

#include "groups.hpp"

namespace ocikit {

namespace {

using Type = spec::NamespaceType;

// The namespace that a parameter belongs to (namespaces(7), ipc_namespaces(7)); nothing: the host's.
std::optional<Type> owner_of(std::string name) {
    constexpr std::string_view ipc[] = {"kernel.msgmax", "kernel.msgmnb",         "kernel.msgmni",
                                        "kernel.sem",    "kernel.shmall",         "kernel.shmmax",
                                        "kernel.shmmni", "kernel.shm_rmid_forced"};
    // both separators are taken; with slashes a dot is part of a name, such as that of a device
    const std::size_t first = name.find_first_of("./");
    if (name.find("..") != name.npos)  // would lead out of the directory of its parameters
        return std::nullopt;
    if (first != name.npos && name[first] == '/')
        std::replace(name.begin(), name.end(), '/', '.');
    if (std::find(std::begin(ipc), std::end(ipc), name) != std::end(ipc) || name.starts_with("fs.mqueue."))
        return Type::ipc;
    if (name.starts_with("net."))
        return Type::network;
    if (name == "kernel.domainname" || name == "kernel.hostname")
        return Type::uts;
    if (name.starts_with("user."))
        return Type::user;
    return std::nullopt;
}

void check_namespaced(RuleContext& rule) {
    for (const auto& [name, value] : rule.linux.sysctl)
        if (!owner_of(name))
            rule.report(pointer_append("/linux/sysctl", name),
                        quoted(name) + " belongs to no namespace: it would be changed on the host",
                        Document::Part::key);
}

void check_owner(RuleContext& rule) {
    for (const auto& [name, value] : rule.linux.sysctl)
        if (const auto owner = owner_of(name); owner && !rule.has_namespace(*owner))
            rule.report(pointer_append("/linux/sysctl", name),
                        quoted(name) + " needs a namespace of type \"" + spec::to_text(*owner) + '"',
                        Document::Part::key);
}

void check_hostname(RuleContext& rule) {
    for (const std::string name : {"kernel.hostname", "kernel/hostname"})
        if (rule.linux.sysctl.contains(name))
            rule.report(pointer_append("/linux/sysctl", name), "use the property hostname for this",
                        Document::Part::key);
    for (const std::string name : {"kernel.domainname", "kernel/domainname"})
        if (const auto found = rule.linux.sysctl.find(name); found != rule.linux.sysctl.end() &&
                                                             rule.config.domainname &&
                                                             found->second != *rule.config.domainname)
            rule.report(pointer_append("/linux/sysctl", name), "this contradicts the property domainname",
                        Document::Part::key);
}

constexpr Rule rules[] = {
    {.id = "sysctl/namespaced",
     .summary = "a kernel parameter belongs to a namespace",
     .details = "Only some parameters are per namespace: net.*, those of System V IPC and fs.mqueue.*, "
                "kernel.domainname and user.*. Any other is the host's, and runtimes refuse to change it.",
     .source = "config-linux.md#sysctl, namespaces(7)",
     .bad = R"({"linux": {"sysctl": {"vm.swappiness": "10"}}})",
     .good = R"({"linux": {"sysctl": {"net.ipv4.ip_forward": "1", "net/ipv4/conf/eth0.1/forwarding": "1"}}})",
     .runtime_refuses = true,
     .check = check_namespaced},
    {.id = "sysctl/namespace",
     .summary = "a kernel parameter comes with its namespace",
     .details = "Without a namespace of its own, new or joined, the container would change the host's value.",
     .source = "config-linux.md#sysctl, namespaces(7)",
     .bad = R"({"linux": {"namespaces": [{"type": "mount"}], "sysctl": {"kernel.shmmax": "65536"}}})",
     .good =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "ipc", "path": "/proc/1/ns/ipc"}], "sysctl": {"kernel.shmmax": "65536"}}})",
     .runtime_refuses = true,
     .check = check_owner},
    {.id = "sysctl/hostname",
     .summary = "names of the host are set by hostname and domainname",
     .details =
         "Runtimes refuse kernel.hostname, and kernel.domainname beside a different property of that name.",
     .source = "config-linux.md#sysctl, config.md#hostname",
     .bad = R"({"linux": {"sysctl": {"kernel.hostname": "web"}}})",
     .good = R"({"hostname": "web", "linux": {"sysctl": {"kernel.domainname": "example.org"}}})",
     .runtime_refuses = true,
     .check = check_hostname},
};

}  // namespace

std::span<const Rule> sysctl_rules() {
    return rules;
}

}  // namespace ocikit
