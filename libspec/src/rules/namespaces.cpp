// Namespaces, and what needs one of the container's own.
#include <map>

#include <ocikit/text.hpp>

#include "groups.hpp"

namespace ocikit {

namespace {

using Type = spec::NamespaceType;

std::string namespace_pointer(std::size_t index) {
    return pointer_append("/linux/namespaces", index);
}

void check_twice(RuleContext& rule) {
    std::map<Type, std::size_t> seen;
    const auto& namespaces = rule.linux.namespaces;
    for (std::size_t i = 0; i < namespaces.size(); ++i)
        if (const auto [first, is_new] = seen.emplace(namespaces[i].type, i); !is_new)
            rule.report(namespace_pointer(i),
                        "the namespace type " + quoted(spec::to_text(namespaces[i].type)) + " is there twice",
                        namespace_pointer(first->second), "the first one");
}

void check_paths(RuleContext& rule) {
    const auto& namespaces = rule.linux.namespaces;
    for (std::size_t i = 0; i < namespaces.size(); ++i)
        if (const auto& path = namespaces[i].path; path && !path->empty() && !path->starts_with('/'))
            rule.report(namespace_pointer(i) + "/path", quoted(*path) + " is not an absolute path");
}

void check_mount_namespace(RuleContext& rule) {
    if (!rule.has_namespace(Type::mount))
        rule.report_member(
            "/linux", "namespaces",
            "without a mount namespace the container's mounts would be the host's, or it gets none");
}

void check_shared(RuleContext& rule) {
    std::vector<std::string> shared;
    for (const Type type : {Type::pid, Type::network, Type::ipc})
        // what an unprivileged user makes shares the network, since it can't make one that leads anywhere
        if (!rule.has_namespace(type) && !(type == Type::network && rule.makes_namespace(Type::user)))
            shared.push_back(spec::to_text(type));
    if (!shared.empty() && rule.config.process)
        rule.report_member(
            "/linux", "namespaces",
            "the container has no namespace of type " + one_of(shared) + ": it shares the runtime's");
}

void check_names(RuleContext& rule) {
    for (const auto& [name, pointer] :
         {std::pair{&rule.config.hostname, "/hostname"}, std::pair{&rule.config.domainname, "/domainname"}})
        if (*name && !(*name)->empty() && !rule.has_namespace(Type::uts))
            rule.report(pointer,
                        "this needs a namespace of type \"uts\", or the host's name would be changed");
}

void check_name_lengths(RuleContext& rule) {
    constexpr std::size_t longest = 64;  // __NEW_UTS_LEN
    for (const auto& [name, pointer] :
         {std::pair{&rule.config.hostname, "/hostname"}, std::pair{&rule.config.domainname, "/domainname"}})
        if (*name && (*name)->size() > longest)
            rule.report(pointer, "the name has " + std::to_string((*name)->size()) +
                                     " bytes, the kernel takes " + std::to_string(longest));
}

void check_time_namespace(RuleContext& rule) {
    if (rule.linux.timeOffsets.empty() || rule.makes_namespace(Type::time))
        return;
    rule.report("/linux/timeOffsets",
                rule.has_namespace(Type::time)
                    ? "the time namespace is joined by path: its clocks have their offsets already"
                    : "this needs a namespace of type \"time\"",
                Document::Part::key);
}

void check_clocks(RuleContext& rule) {
    for (const auto& [clock, offset] : rule.linux.timeOffsets)
        if (clock != "monotonic" && clock != "boottime")
            rule.report(
                pointer_append("/linux/timeOffsets", clock),
                quoted(clock) + " is no clock of a time namespace, expected \"monotonic\" or \"boottime\"",
                Document::Part::key);
}

void check_nanoseconds(RuleContext& rule) {
    for (const auto& [clock, offset] : rule.linux.timeOffsets)
        if (offset.nanosecs.value_or(0) > 999'999'999)
            rule.report(pointer_append("/linux/timeOffsets", clock) + "/nanosecs",
                        std::to_string(*offset.nanosecs) + " is a second or more");
}

// Where no namespaces are named at all, namespaces/mount says what is to be said.
void check_net_namespace(RuleContext& rule) {
    if (!rule.linux.namespaces.empty() && !rule.linux.netDevices.empty() &&
        !rule.has_namespace(Type::network))
        rule.report("/linux/netDevices", "this needs a namespace of type \"network\"", Document::Part::key);
}

// dev_valid_name() of the kernel
bool is_device_name(std::string_view name) {
    constexpr std::size_t longest = 15;  // IFNAMSIZ less the NUL
    return !name.empty() && name.size() <= longest && name != "." && name != ".." &&
           name.find_first_of("/: \t\n\v\f\r") == name.npos;
}

// A name for the container: one %d in it stands for a number that the kernel chooses.
bool is_device_template(std::string_view name) {
    const auto percent = name.find('%');
    return percent == name.npos ||
           (name.substr(percent, 2) == "%d" && name.find('%', percent + 1) == name.npos);
}

void check_net_names(RuleContext& rule) {
    for (const auto& [host_name, device] : rule.linux.netDevices) {
        const std::string pointer = pointer_append("/linux/netDevices", host_name);
        if (!is_device_name(host_name))
            rule.report(pointer, quoted(host_name) + " is no name of a network device", Document::Part::key);
        if (device.name && !device.name->empty() && !is_device_name(*device.name))
            rule.report(pointer + "/name", quoted(*device.name) + " is no name of a network device");
        else if (device.name && *device.name != host_name && !is_device_template(*device.name))
            rule.report(pointer + "/name", quoted(*device.name) + " has a % that is not one %d");
    }
}

// Of devices in the container; a name with %d becomes one that is free.
void check_net_names_twice(RuleContext& rule) {
    std::map<std::string, std::string> taken{{"lo", "the loopback device"}};
    for (const auto& [host_name, device] : rule.linux.netDevices) {
        const bool renamed = device.name && !device.name->empty() && *device.name != host_name;
        const std::string& name = renamed ? *device.name : host_name;
        if (renamed && name.find('%') != name.npos)
            continue;
        const auto [found, is_new] = taken.emplace(name, quoted(host_name));
        if (!is_new)
            rule.report(pointer_append("/linux/netDevices", host_name) + (renamed ? "/name" : ""),
                        quoted(name) + " is the name of " + found->second + " already",
                        renamed ? Document::Part::value : Document::Part::key);
    }
}

constexpr Rule rules[] = {
    {.id = "namespaces/duplicate",
     .summary = "no type of namespace is there twice",
     .details = "Runtimes must refuse two namespaces of the same type.",
     .source = "config-linux.md#namespaces",
     .bad =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}, {"type": "pid", "path": "/proc/1/ns/pid"}]}})",
     .good = R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "pid", "path": "/proc/1/ns/pid"}]}})",
     .runtime_refuses = true,
     .check = check_twice},
    {.id = "namespaces/path-absolute",
     .summary = "the path of a namespace is absolute",
     .details = "The path names a file of the host, such as /proc/123/ns/net or /run/netns/name.",
     .source = "config-linux.md#namespaces",
     .bad = R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "network", "path": "netns/a"}]}})",
     .good = R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "network", "path": "/run/netns/a"}]}})",
     .runtime_refuses = true,
     .check = check_paths},
    {.id = "namespaces/mount",
     .severity = Severity::warning,
     .summary = "the container has a mount namespace",
     .details =
         "A container that inherits the runtime's mount namespace has no root filesystem of its own that "
         "it can't leave, and what is mounted for it is mounted on the host. The specification allows it; "
         "oci-run and others refuse it.",
     .source = "config-linux.md#namespaces",
     .bad = R"({"linux": {"namespaces": [{"type": "pid"}], "maskedPaths": [], "readonlyPaths": []}})",
     .good = R"({"linux": {"namespaces": [{"type": "mount"}]}})",
     .check = check_mount_namespace},
    {.id = "namespaces/shared",
     .severity = Severity::warning,
     .summary = "the container has pid, network and ipc namespaces",
     .details = "Without them the container sees, and as root can reach, the processes, the network or the "
                "shared memory of the host.",
     .source = "config-linux.md#namespaces",
     .bad = R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}, {"type": "network"}]}})",
     .good =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}, {"type": "network", "path": "/run/netns/a"}, {"type": "ipc"}]}})",
     .check = check_shared},
    {.id = "namespaces/host-name",
     .summary = "hostname and domainname come with a uts namespace",
     .details = "Without a uts namespace, new or joined, the name of the host itself would be changed.",
     .source = "config.md#hostname, config.md#domainname",
     .bad = R"({"hostname": "web", "linux": {"namespaces": [{"type": "mount"}]}})",
     .good =
         R"({"hostname": "web", "linux": {"namespaces": [{"type": "mount"}, {"type": "uts", "path": "/proc/1/ns/uts"}]}})",
     .runtime_refuses = true,
     .check = check_names},
    {.id = "namespaces/name-length",
     .summary = "hostname and domainname have at most 64 bytes",
     .details = "The kernel takes no longer name.",
     .source = "config.md#hostname, sethostname(2)",
     .bad = R"({"hostname": "a2345678901234567890123456789012345678901234567890123456789012345"})",
     .good = R"({"hostname": "a234567890123456789012345678901234567890123456789012345678901234"})",
     .runtime_refuses = true,
     .check = check_name_lengths},
    {.id = "time-offsets/namespace",
     .summary = "timeOffsets come with a new time namespace",
     .details =
         "The clocks have offsets in a time namespace only, and of one that is joined by its path they "
         "can't be changed any more: there are processes in it.",
     .source = "config-linux.md#offset-for-time-namespace, time_namespaces(7)",
     .bad = R"({"linux": {"namespaces": [{"type": "mount"}], "timeOffsets": {"monotonic": {"secs": 1}}}})",
     .good =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "time"}], "timeOffsets": {"monotonic": {"secs": 1}}}})",
     .runtime_refuses = true,
     .check = check_time_namespace},
    {.id = "time-offsets/clock",
     .summary = "a clock is monotonic or boottime",
     .details = "No other clock has an offset in a time namespace.",
     .source = "config-linux.md#offset-for-time-namespace, time_namespaces(7)",
     .bad =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "time"}], "timeOffsets": {"realtime": {"secs": 1}}}})",
     .good =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "time"}], "timeOffsets": {"boottime": {"secs": -1}}}})",
     .runtime_refuses = true,
     .check = check_clocks},
    {.id = "time-offsets/nanoseconds",
     .summary = "nanosecs is below a second",
     .details = "Whole seconds belong into secs: the kernel takes up to 999999999 nanoseconds.",
     .source = "config-linux.md#offset-for-time-namespace, time_namespaces(7)",
     .bad =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "time"}], "timeOffsets": {"boottime": {"nanosecs": 1000000000}}}})",
     .good =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "time"}], "timeOffsets": {"boottime": {"nanosecs": 999999999}}}})",
     .runtime_refuses = true,
     .check = check_nanoseconds},
    {.id = "net-devices/namespace",
     .summary = "netDevices come with a network namespace",
     .details =
         "A network device is moved from the host into the network namespace of the container, so that "
         "there must be one, new or joined.",
     .source = "config-linux.md#network-devices",
     .bad = R"({"linux": {"namespaces": [{"type": "mount"}], "netDevices": {"eth0": {}}}})",
     .good =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "network"}], "netDevices": {"eth0": {}}}})",
     .runtime_refuses = true,
     .check = check_net_namespace},
    {.id = "net-devices/name",
     .summary = "the name of a network device is one that the kernel takes",
     .details =
         "A name has 1 to 15 bytes, no slash, colon or white space, and isn't a dot or two. In the name "
         "for the container %d may stand for a number.",
     .source = "config-linux.md#network-devices",
     .bad = R"({"linux": {"netDevices": {"eth0": {"name": "container_ethernet0"}}}})",
     .good = R"({"linux": {"netDevices": {"eth0": {"name": "net%d"}}}})",
     .runtime_refuses = true,
     .check = check_net_names},
    {.id = "net-devices/duplicate",
     .summary = "no two network devices have the same name in the container",
     .details = "lo is the name of the loopback device, which is there in every network namespace.",
     .source = "config-linux.md#network-devices",
     .bad = R"({"linux": {"netDevices": {"eth0": {"name": "net"}, "eth1": {"name": "net"}}}})",
     .good = R"({"linux": {"netDevices": {"eth0": {"name": "eth1"}, "eth1": {"name": "eth0"}}}})",
     .runtime_refuses = true,
     .check = check_net_names_twice},
};

}  // namespace

std::span<const Rule> namespace_rules() {
    return rules;
}

}  // namespace ocikit
