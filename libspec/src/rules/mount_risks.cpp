// Mounts that work, or that the kernel takes, and aren't what they seem: risks of the kernel's own
// filesystems, and options that runtimes or the kernel refuse.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include <ocikit/mount_option.hpp>
#include <ocikit/text.hpp>

#include "groups.hpp"
#include "mount_kind.hpp"
#include "values.hpp"

namespace ocikit {

namespace {

using Type = spec::NamespaceType;

bool is_cgroup(const spec::Mount& mount) {
    return !is_bind_mount(mount) && (mount.type == "cgroup" || mount.type == "cgroup2");
}

bool is_writable(const spec::Mount& mount) {
    bool writable = true;
    for (const std::string& option : mount.options)
        if (option == "ro" || option == "rro")
            writable = false;
        else if (option == "rw" || option == "rrw")
            writable = true;
    return writable;
}

void check_bind_option(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i)
        if (const spec::Mount& mount = rule.config.mounts[i];
            mount.type == "bind" && !has_bind_option(mount) && !has_mount_option(mount, "remount"))
            rule.report_member(
                mount_pointer(i), "options",
                "a bind mount needs the option bind or rbind: there is no filesystem \"bind\"");
}

void check_propagation_only(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        const std::string type = mount.type.value_or("");
        if ((type.empty() || type == "none") && changes_propagation(mount) && !is_bind_mount(mount) &&
            !has_mount_option(mount, "remount"))
            rule.report_member(mount_pointer(i), "options",
                               "an entry that only changes propagation is refused by most runtimes: it needs "
                               "bind or rbind, or a filesystem");
    }
}

void check_none(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i)
        if (const spec::Mount& mount = rule.config.mounts[i]; mount.type == "none" && !is_bind_mount(mount) &&
                                                              !has_mount_option(mount, "remount") &&
                                                              !changes_propagation(mount))
            rule.report(mount_pointer(i) + "/type",
                        "there is no filesystem \"none\": the option bind, rbind or remount is missing");
}

void check_proc_place(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        if (mount.type == "proc" && !is_bind_mount(mount) && clean_path(mount.destination) != "/proc")
            rule.report(mount_pointer(i) + "/destination",
                        "a proc filesystem elsewhere than at /proc has nothing masked in it");
    }
}

void check_over_proc(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        if (clean_path(mount.destination) != "/proc" || mount.type == "proc" || is_change(mount))
            continue;
        const bool of_proc =
            is_bind_mount(mount) && is_within(clean_path(mount.source.value_or("")), "/proc");
        if (!of_proc)
            rule.report(mount_pointer(i), "runtimes need a proc filesystem at /proc");
    }
}

// What runtimes let be mounted below /proc: files that programs such as lxcfs stand in for.
bool may_be_replaced(std::string_view path) {
    constexpr std::string_view files[] = {"/proc/cpuinfo",
                                          "/proc/diskstats",
                                          "/proc/meminfo",
                                          "/proc/stat",
                                          "/proc/swaps",
                                          "/proc/uptime",
                                          "/proc/loadavg",
                                          "/proc/slabinfo",
                                          "/proc/net/dev",
                                          "/proc/sys/kernel/ns_last_pid",
                                          "/proc/sys/crypto/fips_enabled"};
    return std::find(std::begin(files), std::end(files), path) != std::end(files);
}

void check_inside_proc(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        const std::string path = clean_path(mount.destination);
        if (!path.starts_with("/proc/") || may_be_replaced(path) || has_mount_option(mount, "remount"))
            continue;
        // the host's /proc below the container's own, as for /proc/sys
        if (is_bind_mount(mount) && is_within(clean_path(mount.source.value_or("")), "/proc"))
            continue;
        rule.report(mount_pointer(i) + "/destination",
                    quoted(mount.destination) + " is inside of /proc, where runtimes refuse mounts");
    }
}

void check_sysfs_writable(RuleContext& rule) {
    if (rule.makes_namespace(Type::user))
        return;
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i)
        if (const spec::Mount& mount = rule.config.mounts[i];
            mount.type == "sysfs" && !is_bind_mount(mount) && is_writable(mount))
            rule.report_member(mount_pointer(i), "options",
                               "the container may write to sysfs, which changes the host's devices: add ro");
}

void check_cgroup_writable(RuleContext& rule) {
    if (rule.has_namespace(Type::user))
        return;
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i)
        if (const spec::Mount& mount = rule.config.mounts[i]; is_cgroup(mount) && is_writable(mount))
            rule.report_member(mount_pointer(i), "options",
                               "the container may write to its cgroups, and so lift its own limits: add ro");
}

void check_cgroup_namespace(RuleContext& rule) {
    if (rule.has_namespace(Type::cgroup))
        return;
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i)
        if (is_cgroup(rule.config.mounts[i]))
            rule.report(mount_pointer(i),
                        "without a cgroup namespace the container sees where it is in the host's cgroups");
}

void check_over_root(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        if (!mount.destination.empty() && clean_path(mount.destination) == "/" &&
            !has_mount_option(mount, "remount") && !changes_propagation(mount))
            rule.report(mount_pointer(i) + "/destination",
                        "this hides the root filesystem, and some runtimes refuse it");
    }
}

bool undoes(const MountOption& later, const MountOption& earlier) {
    return later.value == earlier.value && later.clear != earlier.clear &&
           later.recursive == earlier.recursive;
}

void check_conflicts(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const auto& options = rule.config.mounts[i].options;
        std::vector<std::pair<const MountOption*, std::size_t>> seen;  // each where it comes first
        for (std::size_t later = 0; later < options.size(); ++later) {
            const MountOption* const option = find_mount_option(options[later]);
            if (!option || option->kind != MountOption::Kind::attribute)
                continue;
            const auto undone = std::find_if(seen.begin(), seen.end(), [option](const auto& earlier) {
                return undoes(*option, *earlier.first);
            });
            if (undone != seen.end()) {
                const std::string list = mount_pointer(i) + "/options";
                rule.report(pointer_append(list, later),
                            quoted(options[later]) + " undoes " + quoted(options[undone->second]),
                            pointer_append(list, undone->second), "set here");
            }
            if (std::none_of(seen.begin(), seen.end(),
                             [option](const auto& earlier) { return earlier.first == option; }))
                seen.emplace_back(option, later);
        }
    }
}

bool all_of(std::string_view text, std::string_view characters) {
    return !text.empty() && text.find_first_not_of(characters) == text.npos;
}

bool is_number(std::string_view text) {
    return all_of(text, "0123456789");
}

// memparse() of the kernel
bool is_amount(std::string_view text, bool percent) {
    if (!text.empty() && (std::string_view("kKmMgGtTpPeE").find(text.back()) != std::string_view::npos ||
                          (percent && text.back() == '%')))
        text.remove_suffix(1);
    return is_number(text) || (text.starts_with("0x") && all_of(text.substr(2), "0123456789abcdefABCDEF"));
}

bool is_mode(std::string_view text) {
    return all_of(text, "01234567") && text.size() <= 7;
}

bool is_taken(std::string_view filesystem, std::string_view name, std::string_view value) {
    if (filesystem == "tmpfs" && name == "size")
        return is_amount(value, true);
    if (filesystem == "tmpfs" && (name == "nr_inodes" || name == "nr_blocks"))
        return is_amount(value, false);
    if (name == "mode" || name == "ptmxmode")
        return is_mode(value);
    if (name == "uid" || name == "gid" || name == "max")
        return is_number(value);
    if (name == "hidepid") {
        constexpr std::string_view values[] = {"0",   "1",        "2",         "4",
                                               "off", "noaccess", "invisible", "ptraceable"};
        return std::find(std::begin(values), std::end(values), value) != std::end(values);
    }
    if (filesystem == "proc" && name == "subset")
        return value == "pid";
    return true;
}

// Calls `visit` for each NAME=VALUE of the kernel's own filesystems.
template <class Visit>
void for_each_value(RuleContext& rule, Visit visit) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        if (is_bind_mount(mount) || (mount.type != "tmpfs" && mount.type != "devpts" && mount.type != "proc"))
            continue;
        for (std::size_t k = 0; k < mount.options.size(); ++k)
            if (const std::size_t equals = mount.options[k].find('='); equals != std::string::npos)
                visit(*mount.type, mount.options[k].substr(0, equals), mount.options[k].substr(equals + 1),
                      pointer_append(mount_pointer(i) + "/options", k));
    }
}

void check_values(RuleContext& rule) {
    for_each_value(rule, [&rule](const std::string& type, const std::string& name, const std::string& value,
                                 std::string pointer) {
        if (!is_taken(type, name, value))
            rule.report(std::move(pointer), type + " takes no " + name + " of " + quoted(value));
    });
}

void check_owner_mapped(RuleContext& rule) {
    if (!rule.makes_namespace(Type::user) || rule.linux.uidMappings.empty() || rule.linux.gidMappings.empty())
        return;
    for_each_value(rule, [&rule](const std::string& type, const std::string& name, const std::string& value,
                                 std::string pointer) {
        std::uint32_t id = 0;
        if ((name != "uid" && name != "gid") ||
            std::from_chars(value.data(), value.data() + value.size(), id).ec != std::errc())
            return;
        const auto& mappings = name == "uid" ? rule.linux.uidMappings : rule.linux.gidMappings;
        if (std::none_of(mappings.begin(), mappings.end(), [id](const spec::IdMapping& one) {
                return id >= one.containerID && id - one.containerID < one.size;
            }))
            rule.report(std::move(pointer),
                        type + " can't have the " + name + " " + value + ", which is not mapped");
    });
}

constexpr Rule rules[] = {
    {.id = "mounts/bind-option",
     .summary = "a mount of type bind has the option bind or rbind",
     .details = "It is the option that makes a bind mount. The type has no meaning then; without the option "
                "the kernel looks for a filesystem of that name, and there is none.",
     .source = "config.md#mounts, mount(2)",
     .bad = R"({"mounts": [{"destination": "/srv", "type": "bind", "source": "/srv", "options": ["ro"]}]})",
     .good =
         R"({"mounts": [{"destination": "/srv", "type": "bind", "source": "/srv", "options": ["rbind"]}]})",
     .check = check_bind_option},
    {.id = "mounts/propagation-only",
     .severity = Severity::warning,
     .summary = "a mount does more than to change propagation",
     .details =
         "mount(8) can change the propagation of a mount that is there; runtimes such as runc and crun "
         "try to mount something at first, and fail. For the root there is linux.rootfsPropagation.",
     .source = "config.md#linux-mount-options, mount(2)",
     .bad = R"({"mounts": [{"destination": "/srv", "options": ["rprivate"]}]})",
     .good = R"({"mounts": [{"destination": "/srv", "source": "/srv", "options": ["rbind", "rprivate"]}]})",
     .check = check_propagation_only},
    {.id = "mounts/type-none",
     .summary = "a mount of type none is a bind mount or a change of one",
     .details = "none stands for no filesystem: there is nothing that could be mounted.",
     .source = "config.md#posix-platform-mounts, mount(8)",
     .bad = R"({"mounts": [{"destination": "/srv", "type": "none", "source": "/srv", "options": ["ro"]}]})",
     .good =
         R"({"mounts": [{"destination": "/srv", "type": "none", "source": "/srv", "options": ["bind", "ro"]}]})",
     .check = check_none},
    {.id = "mounts/proc-place",
     .severity = Severity::warning,
     .summary = "a proc filesystem is at /proc",
     .details = "Masked and read-only paths are those of /proc. In another one all is open to the container.",
     .source = "config-linux.md#default-filesystems, config-linux.md#masked-paths",
     .bad = R"({"mounts": [{"destination": "/srv/proc", "type": "proc", "source": "proc"}]})",
     .good = R"({"mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}]})",
     .check = check_proc_place},
    {.id = "mounts/over-proc",
     .severity = Severity::warning,
     .summary = "what is mounted at /proc is a proc filesystem",
     .details =
         "Runtimes set up the program by files of /proc. If it is something else they fail, or could be "
         "deceived (CVE-2019-16884).",
     .source = "config-linux.md#default-filesystems",
     .bad = R"({"mounts": [{"destination": "/proc", "type": "tmpfs", "source": "tmpfs"}]})",
     .good = R"({"mounts": [{"destination": "/proc", "source": "/proc", "options": ["rbind"]}]})",
     .check = check_over_proc},
    {.id = "mounts/inside-proc",
     .severity = Severity::warning,
     .summary = "nothing is mounted inside of /proc",
     .details = "runc refuses mounts inside of /proc but for some files, such as /proc/meminfo, and no "
                "directory can be made there.",
     .source = "proc(5)",
     .bad = R"({"mounts": [{"destination": "/proc/web", "type": "tmpfs", "source": "tmpfs"}]})",
     .good =
         R"({"mounts": [{"destination": "/proc", "type": "proc"}, {"destination": "/proc/meminfo", "source": "/srv/meminfo", "options": ["bind"]}]})",
     .check = check_inside_proc},
    {.id = "mounts/sysfs-writable",
     .severity = Severity::warning,
     .summary = "sysfs is mounted read-only",
     .details = "Files of /sys change devices, drivers and power settings of the host.",
     .source = "config-linux.md#default-filesystems",
     .bad = R"({"mounts": [{"destination": "/sys", "type": "sysfs", "source": "sysfs"}]})",
     .good =
         R"({"mounts": [{"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]}]})",
     .check = check_sysfs_writable},
    {.id = "mounts/cgroup-writable",
     .severity = Severity::warning,
     .summary = "cgroups are mounted read-only",
     .details =
         "A container that can write to its cgroups can lift its limits and leave them; in version 1 it "
         "may get at the host by release_agent (CVE-2022-0492). systemd in a container needs it: with "
         "a user namespace it is harmless.",
     .source = "config-linux.md#cgroup-ownership, cgroups(7)",
     .bad =
         R"({"mounts": [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid"]}], "linux": {"namespaces": [{"type": "mount"}, {"type": "cgroup"}]}})",
     .good =
         R"({"mounts": [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]}], "linux": {"namespaces": [{"type": "mount"}, {"type": "cgroup"}]}})",
     .check = check_cgroup_writable},
    {.id = "mounts/cgroup-namespace",
     .severity = Severity::warning,
     .summary = "a mount of cgroups comes with a cgroup namespace",
     .details = "Without the namespace the mount shows the container's place in the cgroups of the host, and "
                "programs that look for their own cgroup find a path that isn't there.",
     .source = "config-linux.md#namespaces, cgroup_namespaces(7)",
     .bad =
         R"({"mounts": [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]}], "linux": {"namespaces": [{"type": "mount"}]}})",
     .good =
         R"({"mounts": [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]}], "linux": {"namespaces": [{"type": "mount"}, {"type": "cgroup"}]}})",
     .check = check_cgroup_namespace},
    {.id = "mounts/over-root",
     .severity = Severity::warning,
     .summary = "nothing is mounted over the root filesystem",
     .details = "A mount at / hides all of root.path, the program with it. Some runtimes refuse it.",
     .source = "config.md#mounts",
     .bad = R"({"mounts": [{"destination": "/", "type": "tmpfs", "source": "tmpfs"}]})",
     .good = R"({"mounts": [{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}]})",
     .check = check_over_root},
    {.id = "mounts/option-conflict",
     .severity = Severity::warning,
     .summary = "no option of a mount undoes another",
     .details = "Of ro and rw, or of any other two that mean the contrary, the later one counts.",
     .source = "config.md#linux-mount-options",
     .bad =
         R"({"mounts": [{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["ro", "rw"]}]})",
     .good =
         R"({"mounts": [{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["rw", "nosuid"]}]})",
     .check = check_conflicts},
    {.id = "mounts/option-value",
     .summary = "the value of an option is one that the filesystem takes",
     .details =
         "size is a number of bytes, perhaps with k, m, g or a per cent sign after it; modes are octal, "
         "IDs are numbers.",
     .source = "tmpfs(5), proc(5), mount(8)",
     .bad =
         R"({"mounts": [{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["size=64 MB"]}]})",
     .good =
         R"({"mounts": [{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["size=64m", "mode=1777"]}]})",
     .check = check_values},
    {.id = "mounts/owner-mapped",
     .summary = "the owner of a filesystem is mapped",
     .details = "The kernel takes no uid and gid for a filesystem that the user namespace has no mapping of: "
                "leave out gid=5 of devpts where only one group is mapped.",
     .source = "user_namespaces(7)",
     .bad =
         R"({"mounts": [{"destination": "/dev/pts", "type": "devpts", "options": ["newinstance", "gid=5"]}], "linux": {"namespaces": [{"type": "mount"}, {"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]}})",
     .good =
         R"({"mounts": [{"destination": "/dev/pts", "type": "devpts", "options": ["newinstance"]}], "linux": {"namespaces": [{"type": "mount"}, {"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]}})",
     .check = check_owner_mapped},
};

}  // namespace

std::span<const Rule> mount_risk_rules() {
    return rules;
}

}  // namespace ocikit
