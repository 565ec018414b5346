#include "oci-gen/default_config.hpp"

namespace ocikit::gen {

namespace {

// Has all that is used here. Runtimes refuse versions newer than themselves
// (crun 1.8: "unknown version specified" for 1.3.0).
constexpr const char* oci_version = "1.0.2";

spec::Process default_process() {
    // no inheritable and ambient ones: a program that isn't root would have them too
    const std::vector<std::string> capabilities = {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"};
    spec::Process process;
    process.terminal = false;
    process.user = spec::User{.uid = 0, .gid = 0, .umask = {}, .additionalGids = {}, .username = {}};
    process.args = {"sh"};
    process.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"};
    process.cwd = "/";
    process.capabilities = spec::Capabilities{.bounding = capabilities,
                                              .effective = capabilities,
                                              .inheritable = {},
                                              .permitted = capabilities,
                                              .ambient = {}};
    process.rlimits = {{.type = "RLIMIT_NOFILE", .hard = 1024, .soft = 1024}};
    process.noNewPrivileges = true;
    return process;
}

spec::Mount mount(std::string destination, std::string type, std::string source,
                  std::vector<std::string> options) {
    return {.destination = std::move(destination),
            .type = std::move(type),
            .source = std::move(source),
            .options = std::move(options),
            .uidMappings = {},
            .gidMappings = {}};
}

// config-linux.md#default-filesystems, and those that programs expect besides.
std::vector<spec::Mount> default_mounts() {
    return {
        mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}),
        mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
        // gid 5: the group tty, on every distribution
        mount("/dev/pts", "devpts", "devpts",
              {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}),
        mount("/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}),
        mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}),
        mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}),
        mount("/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}),
    };
}

spec::Linux default_linux() {
    using Type = spec::NamespaceType;
    spec::Linux section;
    for (const Type type : {Type::pid, Type::network, Type::ipc, Type::uts, Type::mount, Type::cgroup})
        section.namespaces.push_back({.type = type, .path = {}});
    // no device but those which every runtime allows (config-linux.md#default-devices)
    section.resources.emplace().devices = {
        {.allow = false, .type = {}, .major = {}, .minor = {}, .access = "rwm"}};
    section.maskedPaths = {
        "/proc/acpi",       "/proc/asound",      "/proc/kcore",       "/proc/keys",    "/proc/latency_stats",
        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"};
    section.readonlyPaths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
    return section;
}

}  // namespace

spec::Config default_config() {
    spec::Config config;
    config.ociVersion = oci_version;
    config.process = default_process();
    config.root = spec::Root{.path = "rootfs", .readonly = true};
    config.hostname = "ocikit";
    config.mounts = default_mounts();
    config.linux = default_linux();
    return config;
}

}  // namespace ocikit::gen
