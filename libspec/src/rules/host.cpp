// What this machine has: rules that hold here, and perhaps not where the bundle will run.
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <set>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <ocikit/host.hpp>
#include <ocikit/rules.hpp>
#include <ocikit/text.hpp>
#include <ocikit/unique_fd.hpp>

#include "groups.hpp"
#include "mount_kind.hpp"
#include "values.hpp"

namespace ocikit {

namespace {

constexpr auto host_scope = RuleScope::host;
constexpr auto warning = Severity::warning;

constexpr Rule rules[] = {
    {.id = "host/namespace-path",
     .severity = warning,
     .summary = "the path of a namespace exists",
     .details = "It must exist when the container is made.",
     .source = "config-linux.md#namespaces",
     .scope = host_scope},
    {.id = "host/namespace-type",
     .summary = "the path of a namespace is one of its type, and the kernel has such namespaces",
     .details = "Runtimes must refuse a namespace of another type than is said.",
     .source = "config-linux.md#namespaces, namespaces(7)",
     .scope = host_scope},
    {.id = "host/bind-source",
     .severity = warning,
     .summary = "the source of a bind mount exists",
     .details = "It must exist when the container is made.",
     .source = "config.md#mounts",
     .scope = host_scope},
    {.id = "host/filesystem",
     .severity = warning,
     .summary = "the kernel has the filesystem that is mounted",
     .details = "It is not listed in /proc/filesystems; a module may bring it when it is first mounted.",
     .source = "config.md#posix-platform-mounts, filesystems(5)",
     .scope = host_scope},
    {.id = "host/hook",
     .summary = "a hook is a file that may be executed",
     .details = "All hooks but those of startContainer are programs of the host.",
     .source = "config.md#posix-platform-hooks",
     .scope = host_scope},
    {.id = "host/hook-writable",
     .severity = warning,
     .summary = "a hook can be changed by its owner only",
     .details =
         "Hooks run as the runtime does, which often is root: whoever may write to the file is root too.",
     .source = "config.md#posix-platform-hooks",
     .scope = host_scope},
    {.id = "host/cgroup-version",
     .severity = warning,
     .summary = "limits are of the version of cgroups that the host has",
     .details =
         "Some limits are of version 1 only, and unified is for version 2. Runtimes refuse them on the "
         "other, or ignore them.",
     .source = "config-linux.md#control-groups, cgroups(7)",
     .scope = host_scope},
    {.id = "host/processors",
     .severity = warning,
     .summary = "the host has the processors and memory nodes that are named",
     .details = "The kernel refuses a list with others.",
     .source = "config-linux.md#cpu, cpuset(7)",
     .scope = host_scope},
    {.id = "host/page-size",
     .severity = warning,
     .summary = "the host has huge pages of the size",
     .details = "/sys/kernel/mm/hugepages has a directory for each size that there is.",
     .source = "config-linux.md#huge-page-limits",
     .scope = host_scope},
    {.id = "host/rlimit",
     .severity = warning,
     .summary = "RLIMIT_NOFILE is at most what the kernel takes",
     .details = "The kernel refuses a limit above fs.nr_open.",
     .source = "config.md#posix-process, setrlimit(2)",
     .scope = host_scope},
    {.id = "host/security-module",
     .severity = warning,
     .summary = "the host has the security module of a profile or label",
     .details = "Runtimes refuse a profile of AppArmor or a label of SELinux where the module isn't active.",
     .source = "config.md#linux-process",
     .scope = host_scope},
    {.id = "host/resctrl",
     .severity = warning,
     .summary = "resctrl is mounted for intelRdt",
     .details = "Runtimes must refuse intelRdt where it isn't.",
     .source = "config-linux.md#intelrdt",
     .scope = host_scope},
    {.id = "host/net-device",
     .severity = warning,
     .summary = "a network device that is moved or given a priority exists",
     .details = "It must exist when the container is made.",
     .source = "config-linux.md#network-devices",
     .scope = host_scope},
    {.id = "host/sysctl",
     .severity = warning,
     .summary = "the kernel has the parameter that is set",
     .details = "There is no file for it in /proc/sys, or none for this network's devices.",
     .source = "config-linux.md#sysctl",
     .scope = host_scope},
    {.id = "host/listener",
     .severity = warning,
     .summary = "somebody listens at listenerPath",
     .details = "There must be a socket when the container is made.",
     .source = "config-linux.md#seccomp",
     .scope = host_scope},
    {.id = "host/subordinate-ids",
     .severity = warning,
     .summary = "mapped IDs are the user's own, or subordinate to the user",
     .details =
         "An unprivileged user may map its own ID and those that /etc/subuid and /etc/subgid grant it.",
     .source = "config-linux.md#user-namespace-mappings, subuid(5)",
     .scope = host_scope},
};

std::string first_line(const std::string& path) {
    std::string line;
    std::getline(std::ifstream(path) >> std::ws, line);
    return line;
}

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0 || errno != ENOENT;
}

// Numbers of a list such as 0-3,7; what is no list has none.
std::set<std::uint32_t> numbers_of(std::string_view list) {
    std::set<std::uint32_t> numbers;
    while (!list.empty()) {
        const std::string_view part = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), part.size() + 1));
        std::uint32_t first = 0;
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), first);
        std::uint32_t last = first;
        if (error == std::errc() && end != part.data() + part.size() && *end == '-')
            std::from_chars(end + 1, part.data() + part.size(), last);
        for (std::uint32_t n = first; error == std::errc() && n <= last && n - first < 65536; ++n)
            numbers.insert(n);
    }
    return numbers;
}

class HostCheck {
  public:
    HostCheck(const Document& document, const spec::Config& config, Diagnostics& diagnostics)
        : document_(document),
          config_(config),
          linux_(config.linux ? *config.linux : none_),
          diagnostics_(diagnostics) {}

    void all() {
        namespaces();
        mounts();
        hooks();
        if (linux_.resources)
            resources(*linux_.resources);
        process();
        others();
        mappings(linux_.uidMappings, "/linux/uidMappings", "/etc/subuid", ::geteuid());
        mappings(linux_.gidMappings, "/linux/gidMappings", "/etc/subgid", ::getegid());
    }

  private:
    void report(std::string_view id, std::string message, std::string pointer,
                Document::Part part = Document::Part::value) {
        diagnostics_.push_back(document_.at(find_rule(id)->severity, std::string(id), std::move(message),
                                            std::move(pointer), part));
    }

    void namespaces() {
        constexpr std::pair<const char*, int> kinds[] = {{"pid", CLONE_NEWPID},       {"net", CLONE_NEWNET},
                                                         {"mnt", CLONE_NEWNS},        {"ipc", CLONE_NEWIPC},
                                                         {"uts", CLONE_NEWUTS},       {"user", CLONE_NEWUSER},
                                                         {"cgroup", CLONE_NEWCGROUP}, {"time", 0x80}};
        for (std::size_t i = 0; i < linux_.namespaces.size(); ++i) {
            const spec::Namespace& one = linux_.namespaces[i];
            const auto& [file, flag] = kinds[static_cast<std::size_t>(one.type)];
            const std::string pointer = pointer_append("/linux/namespaces", i);
            if (!exists(std::string("/proc/self/ns/") + file))
                report("host/namespace-type",
                       "this kernel has no namespaces of type \"" + spec::to_text(one.type) + '"',
                       pointer + "/type");
            if (!one.path || !one.path->starts_with('/'))
                continue;
            if (!exists(*one.path)) {
                report("host/namespace-path", "there is no " + quoted(*one.path) + " on this host",
                       pointer + "/path");
                continue;
            }
            const UniqueFd fd(::open(one.path->c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
            if (!fd)
                continue;  // it is there, and this user may not open it
            if (::ioctl(fd.get(), NS_GET_NSTYPE) != flag)
                report("host/namespace-type",
                       quoted(*one.path) + " is no namespace of type \"" + spec::to_text(one.type) + '"',
                       pointer + "/path");
        }
    }

    void mounts() {
        std::set<std::string> known;
        std::ifstream list("/proc/filesystems");
        for (std::string line; std::getline(list, line);)
            known.insert(line.substr(line.find('\t') + 1));
        for (std::size_t i = 0; i < config_.mounts.size(); ++i) {
            const spec::Mount& mount = config_.mounts[i];
            const std::string source = mount.source.value_or("");
            const std::string type = mount.type.value_or("");
            if (is_change(mount))
                continue;
            if (is_bind_mount(mount)) {
                if (source.starts_with('/') && !exists(source))
                    report("host/bind-source", "there is no " + quoted(source) + " on this host",
                           mount_pointer(i) + "/source");
            } else if (!type.empty() && type != "none" && type != "cgroup" && !known.empty() &&
                       !known.contains(type.substr(0, type.find('.')))) {
                report("host/filesystem", "this kernel has no filesystem " + quoted(type),
                       mount_pointer(i) + "/type");
            }
        }
    }

    void hook_list(const std::vector<spec::Hook>& hooks, const std::string& list) {
        for (std::size_t i = 0; i < hooks.size(); ++i) {
            const std::string pointer = pointer_append(list, i) + "/path";
            const std::string& path = hooks[i].path;
            struct stat status {};
            if (!path.starts_with('/'))
                continue;
            if (::stat(path.c_str(), &status) != 0) {
                if (errno == ENOENT || errno == ENOTDIR)
                    report("host/hook", "there is no " + quoted(path) + " on this host", pointer);
                continue;
            }
            if (!S_ISREG(status.st_mode) || (status.st_mode & 0111) == 0)
                report("host/hook", quoted(path) + " is no file that may be executed", pointer);
            else if ((status.st_mode & S_IWOTH) != 0)
                report("host/hook-writable", "everybody may write to " + quoted(path), pointer);
        }
    }

    void hooks() {
        if (!config_.hooks)
            return;
        hook_list(config_.hooks->prestart, "/hooks/prestart");
        hook_list(config_.hooks->createRuntime, "/hooks/createRuntime");
        hook_list(config_.hooks->createContainer, "/hooks/createContainer");
        hook_list(config_.hooks->poststart, "/hooks/poststart");
        hook_list(config_.hooks->poststop, "/hooks/poststop");
    }

    void cgroup_version(const spec::Resources& resources) {
        struct statfs status {};
        const bool second = ::statfs("/sys/fs/cgroup", &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
        if (!second && !resources.unified.empty())
            return report("host/cgroup-version", "this host has version 1 of cgroups",
                          "/linux/resources/unified", Document::Part::key);
        if (!second)
            return;
        const spec::Memory memory = resources.memory.value_or(spec::Memory{});
        const spec::Cpu cpu = resources.cpu.value_or(spec::Cpu{});
        const std::pair<bool, const char*> first_only[] = {
            {memory.kernel.has_value(), "memory/kernel"},
            {memory.kernelTCP.has_value(), "memory/kernelTCP"},
            {memory.swappiness.has_value(), "memory/swappiness"},
            {memory.disableOOMKiller.value_or(false), "memory/disableOOMKiller"},
            {cpu.realtimeRuntime.has_value(), "cpu/realtimeRuntime"},
            {cpu.realtimePeriod.has_value(), "cpu/realtimePeriod"},
            {resources.blockIO && resources.blockIO->leafWeight, "blockIO/leafWeight"},
            {resources.network.has_value(), "network"}};
        for (const auto& [present, name] : first_only)
            if (present)
                report("host/cgroup-version", "this host has version 2 of cgroups, which has no such limit",
                       std::string("/linux/resources/") + name, Document::Part::key);
    }

    void list(const std::optional<std::string>& wanted, const char* file, const char* pointer) {
        const std::set<std::uint32_t> present = numbers_of(first_line(file));
        for (const std::uint32_t number : numbers_of(wanted.value_or("")))
            if (!present.empty() && !present.contains(number))
                return report("host/processors", "this host has no number " + std::to_string(number),
                              pointer);
    }

    void resources(const spec::Resources& resources) {
        cgroup_version(resources);
        if (resources.cpu) {
            list(resources.cpu->cpus, "/sys/devices/system/cpu/possible", "/linux/resources/cpu/cpus");
            list(resources.cpu->mems, "/sys/devices/system/node/possible", "/linux/resources/cpu/mems");
        }
        for (std::size_t i = 0; i < resources.hugepageLimits.size(); ++i) {
            const std::string& size = resources.hugepageLimits[i].pageSize;
            unsigned long number = 0;
            const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), number);
            const std::string_view unit(end, static_cast<std::size_t>(size.data() + size.size() - end));
            const unsigned long kilobytes = unit == "GB"   ? number << 20
                                            : unit == "MB" ? number << 10
                                                           : number;
            if (error == std::errc() &&
                !exists("/sys/kernel/mm/hugepages/hugepages-" + std::to_string(kilobytes) + "kB"))
                report("host/page-size", "this host has no pages of " + size,
                       pointer_append("/linux/resources/hugepageLimits", i) + "/pageSize");
        }
        if (resources.network)
            for (std::size_t i = 0; i < resources.network->priorities.size(); ++i)
                net_device(resources.network->priorities[i].name,
                           pointer_append("/linux/resources/network/priorities", i) + "/name",
                           Document::Part::value);
    }

    void net_device(const std::string& name, std::string pointer, Document::Part part) {
        if (!name.empty() && name.find('/') == name.npos && !exists("/sys/class/net/" + name))
            report("host/net-device", "there is no network device " + quoted(name), std::move(pointer), part);
    }

    void process() {
        if (!config_.process)
            return;
        std::uint64_t most = 0;
        const std::string text = first_line("/proc/sys/fs/nr_open");
        std::from_chars(text.data(), text.data() + text.size(), most);
        const auto& limits = config_.process->rlimits;
        for (std::size_t i = 0; i < limits.size(); ++i)
            if (limits[i].type == "RLIMIT_NOFILE" && most != 0 && limits[i].hard > most)
                report("host/rlimit", "this host takes at most " + text,
                       pointer_append("/process/rlimits", i) + "/hard");
        if (!config_.process->apparmorProfile.value_or("").empty() &&
            first_line("/sys/module/apparmor/parameters/enabled") != "Y")
            report("host/security-module", "AppArmor is not active on this host", "/process/apparmorProfile");
        if (!config_.process->selinuxLabel.value_or("").empty() && !exists("/sys/fs/selinux/enforce"))
            report("host/security-module", "SELinux is not active on this host", "/process/selinuxLabel");
    }

    void others() {
        if (linux_.intelRdt && !exists("/sys/fs/resctrl/schemata"))
            report("host/resctrl", "resctrl is not mounted on this host", "/linux/intelRdt",
                   Document::Part::key);
        for (const auto& [name, device] : linux_.netDevices)
            net_device(name, pointer_append("/linux/netDevices", name), Document::Part::key);
        if (linux_.seccomp && linux_.seccomp->listenerPath && !linux_.seccomp->listenerPath->empty() &&
            !exists(*linux_.seccomp->listenerPath))
            report("host/listener", "there is no " + quoted(*linux_.seccomp->listenerPath) + " on this host",
                   "/linux/seccomp/listenerPath");
        for (const auto& [name, value] : linux_.sysctl) {
            std::string path = name;
            if (const std::size_t first = path.find_first_of("./"); first != path.npos && path[first] == '.')
                std::replace(path.begin(), path.end(), '.', '/');
            // devices of the container's network aren't here
            const bool of_device = path.find("/conf/") != path.npos || path.find("/neigh/") != path.npos;
            if (!of_device && !exists("/proc/sys/" + path))
                report("host/sysctl", "this kernel has no parameter " + quoted(name),
                       pointer_append("/linux/sysctl", name), Document::Part::key);
        }
    }

    void mappings(const std::vector<spec::IdMapping>& mappings, const std::string& list, const char* file,
                  std::uint32_t own) {
        if (::geteuid() == 0)
            return;
        std::vector<std::pair<std::uint64_t, std::uint64_t>> granted{{own, own + std::uint64_t{1}}};
        const char* const login = ::getenv("USER");
        std::ifstream lines(file);
        for (std::string line; std::getline(lines, line);) {
            const std::size_t first = line.find(':'), second = line.find(':', first + 1);
            if (first == line.npos || second == line.npos)
                continue;
            const std::string who = line.substr(0, first);
            const std::uint64_t begin = std::strtoull(line.c_str() + first + 1, nullptr, 10);
            if ((login && who == login) || who == std::to_string(::geteuid()))
                granted.emplace_back(begin, begin + std::strtoull(line.c_str() + second + 1, nullptr, 10));
        }
        for (std::size_t i = 0; i < mappings.size(); ++i) {
            const std::uint64_t begin = mappings[i].hostID, end = begin + mappings[i].size;
            if (std::none_of(granted.begin(), granted.end(),
                             [&](const auto& range) { return begin >= range.first && end <= range.second; }))
                report("host/subordinate-ids", std::string(file) + " doesn't grant these IDs to this user",
                       pointer_append(list, i) + "/hostID");
        }
    }

    static inline const spec::Linux none_{};
    const Document& document_;
    const spec::Config& config_;
    const spec::Linux& linux_;
    Diagnostics& diagnostics_;
};

}  // namespace

std::span<const Rule> host_rules() {
    return rules;
}

void check_host(const Document& document, const spec::Config& config, Diagnostics& diagnostics) {
    if (is_linux_config(config))
        HostCheck(document, config, diagnostics).all();
}

}  // namespace ocikit
