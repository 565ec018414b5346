#include "preparation.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <sys/mount.h>
#include <unistd.h>

#include <ocikit/bundle.hpp>
#include <ocikit/error.hpp>

#include "cgroup/cgroup.hpp"
#include "cgroup/delegated.hpp"
#include "checked.hpp"
#include "handover.hpp"
#include "init/steps.hpp"
#include "kernel/files.hpp"
#include "kernel/id_map.hpp"
#include "notify_socket.hpp"
#include "plan/make_plan.hpp"
#include "plan/refusal.hpp"
#include "seccomp/filter.hpp"
#include "terminal.hpp"

namespace ocikit::run {

namespace {

// --config names a file relative to the bundle; what is relative in it counts from there, too.
std::string configuration_file(const LaunchRequest& request) {
    if (request.config.empty())
        return config_path(request.bundle);
    return std::filesystem::absolute(request.bundle) / request.config;
}

std::string bundle_directory(const LaunchRequest& request, const std::string& file) {
    if (request.config.empty())
        return file.substr(0, file.rfind('/'));
    std::error_code error;
    const auto directory = std::filesystem::canonical(request.bundle, error);
    if (error)
        throw Error(Error::Parts{.object = request.bundle, .code = error.value()});
    return directory;
}

// Device rules aside: every container has some, wanted or not.
bool has_limits(spec::Resources resources) {
    if (!resources.unified.empty())
        return true;
    resources.devices.clear();
    return !resource_writes_v1(resources).empty();
}

// The cgroup of a unit that systemd is to make: where it will be, and what it is told of it.
void prepare_unit(const LaunchRequest& request, const spec::Linux& linux, Preparation& prepared) {
    prepared.users_unit = Systemd::is_users_own();
    prepared.unit =
        systemd_unit(linux.cgroupsPath ? &*linux.cgroupsPath : nullptr, request.id, prepared.users_unit);
    SystemdProperties annotated = annotated_properties(prepared.config.annotations);
    prepared.systemd = std::make_shared<Systemd>(Systemd::connect(prepared.users_unit));
    prepared.cgroup_path = prepared.systemd->cgroup(prepared.unit);
    SystemdProperties& properties = prepared.unit_properties;
    properties = limit_properties(prepared.limits, prepared.systemd->version());
    if (!prepared.users_unit)  // whose systemd may not set them
        for (auto& property : device_properties(prepared.device_rules))
            properties.push_back(std::move(property));
    for (auto& property : annotated)
        properties.push_back(std::move(property));
}

// config-linux.md#cgroup-ownership: to a program that sees nothing but its cgroup, and that may
// write to it.
bool delegates_cgroup(const Preparation& prepared) {
    const InitPlan& plan = prepared.plan;
    if (prepared.layout->version != CgroupLayout::Version::v2 || !plan.new_cgroup_namespace || !plan.process)
        return false;
    return std::any_of(plan.mounts.begin(), plan.mounts.end(), [](const MountStep& step) {
        return step.kind == MountStep::Kind::cgroup && step.destination == "/sys/fs/cgroup" &&
               !((step.attributes.set | step.recursive_attributes.set) & MOUNT_ATTR_RDONLY);
    });
}

// Whether there is more in the list than what every container has anyway.
bool has_device_rules(const std::vector<spec::DeviceRule>& rules) {
    return std::any_of(rules.begin(), rules.end(), [](const spec::DeviceRule& rule) {
        return rule.allow || (rule.type && *rule.type != "a") || rule.major || rule.minor;
    });
}

// Who isn't root has cgroups where they were delegated to it, and otherwise does without
// as long as nothing is asked of them.
void prepare_rootless_cgroup(const spec::Linux& linux, bool limits, Preparation& prepared) {
    const auto base = delegated_cgroup(*prepared.layout);
    const bool named = linux.cgroupsPath && !linux.cgroupsPath->empty();
    if (named && linux.cgroupsPath->starts_with('/'))
        return;
    if (base) {
        prepared.cgroup_path = (base->empty() ? "" : *base + "/") + prepared.cgroup_path;
        return;
    }
    if (limits || named)
        refuse(
            limits ? "/linux/resources" : "/linux/cgroupsPath",
            "there is no cgroup in which this user could make one",
            "`systemd-run --user --scope -p Delegate=yes oci-run …` starts it in a cgroup of the user's own; "
            "without limits and cgroupsPath it goes without one");
    prepared.cgroup_path.clear();
}

// What the cgroup is to be like; none of it is made here.
// `crun spec --rootless` writes a user namespace without mappings: its root is the caller then.
void map_own_ids_without_mappings(spec::Config& config, std::vector<std::string>& warnings) {
    if (!config.linux || !config.linux->uidMappings.empty() || !config.linux->gidMappings.empty())
        return;
    const auto& namespaces = config.linux->namespaces;
    if (std::none_of(namespaces.begin(), namespaces.end(), [](const spec::Namespace& one) {
            return one.type == spec::NamespaceType::user && !one.path;
        }))
        return;
    config.linux->uidMappings.push_back({0, ::geteuid(), 1});
    config.linux->gidMappings.push_back({0, ::getegid(), 1});
    warnings.emplace_back(
        "config.json: /linux/uidMappings: missing, as /linux/gidMappings: the caller's "
        "own IDs are the root of the container's user namespace");
}

// Files have no labels that it could change, which bundles of a machine with SELinux don't
// know: as crun and the OCI validation suite have it.
void leave_out_mount_label_without_selinux(spec::Config& config, std::vector<std::string>& warnings) {
    if (!config.linux || config.linux->mountLabel.value_or("").empty() || is_enabled(SecurityModule::selinux))
        return;
    config.linux->mountLabel.reset();
    warnings.emplace_back(
        "config.json: /linux/mountLabel: SELinux is not enabled on this machine: mounts get no label");
}

void prepare_cgroup(const LaunchRequest& request, const spec::Linux& linux, Preparation& prepared,
                    std::vector<std::string>& warnings) {
    const spec::Resources resources = linux.resources.value_or(spec::Resources{});
    prepared.device_rules = device_rules(resources.devices);
    const bool disabled = request.cgroup_manager == CgroupManager::disabled;
    const auto layout = std::make_shared<CgroupLayout>(disabled ? CgroupLayout{} : CgroupLayout::detect());
    prepared.layout = layout;
    switch (prepared.layout->version) {
        case CgroupLayout::Version::none:
            if (request.cgroup_manager == CgroupManager::systemd)
                throw Error("--systemd-cgroup: no cgroup hierarchy is mounted on /sys/fs/cgroup");
            for (const auto& step : prepared.plan.mounts)
                if (disabled && step.kind == MountStep::Kind::cgroup)
                    refuse("/mounts/" + std::to_string(step.index),
                           "there is no cgroup to mount: --cgroup-manager disabled asks for none");
            if (has_limits(resources))
                refuse("/linux/resources", "there is no cgroup to set limits in",
                       disabled ? "--cgroup-manager disabled asks for none"
                                : "no cgroup hierarchy is mounted on /sys/fs/cgroup");
            return;
        case CgroupLayout::Version::v1:
            prepared.limits = resource_writes_v1(resources);
            break;
        case CgroupLayout::Version::v2:
            prepared.limits = resource_writes_v2(resources);
            break;
    }
    prepared.plan.delegate_cgroup = delegates_cgroup(prepared);
    const bool systemd = request.cgroup_manager == CgroupManager::systemd;
    if (systemd)
        prepare_unit(request, linux, prepared);
    else
        prepared.cgroup_path = cgroup_path(linux.cgroupsPath ? &*linux.cgroupsPath : nullptr, request.id);
    if (!prepared.rootless)
        return;
    find_own_cgroups(*layout);
    if (!systemd)
        prepare_rootless_cgroup(linux, has_limits(resources), prepared);
    if (has_device_rules(resources.devices))
        warnings.push_back("config.json: /linux/resources/devices: not enforced: only root can do that");
}

}  // namespace

Preparation prepare(const LaunchRequest& request, std::vector<std::string>& warnings) {
    const std::string file = configuration_file(request);
    const std::string bundle = bundle_directory(request, file);
    Document document = Document::load(file);
    spec::Config config = checked_config(document);
    leave_out_mount_label_without_selinux(config, warnings);
    map_own_ids_without_mappings(config, warnings);
    if (!request.notify_socket.empty())
        add_notify_socket(config, StateDir::notify_path(request.state_root + "/" + request.id));
    InitPlan plan = make_plan(
        config,
        {.id = request.id, .bundle = bundle, .pivot = request.pivot, .new_keyring = request.new_keyring},
        warnings);
    if (plan.process)
        leave_out_apparmor_without_it(*plan.process, warnings);
    check_console(plan.process && plan.process->terminal, request.foreground,
                  !request.console_socket.empty());
    if (!plan.process && !request.wait_for_start)
        refuse("/process", "missing: there is no program to run");
    if (plan.process && plan.process->terminal && request.foreground)
        take_callers_size(*plan.process);
    if (plan.process && request.listen_fds > 0) {  // sd_listen_fds(3); init is process 1
        plan.process->env.push_back("LISTEN_FDS=" + std::to_string(request.listen_fds));
        plan.process->env.push_back("LISTEN_PID=1");
    }
    const spec::Linux linux = config.linux.value_or(spec::Linux{});
    Preparation prepared{.document = std::move(document),
                         .bundle = bundle,
                         .config = std::move(config),
                         .plan = std::move(plan),
                         .device_rules = {},
                         .layout = {},
                         .cgroup_path = {},
                         .systemd = {},
                         .unit = {},
                         .unit_properties = {},
                         .limits = {}};
    prepared.rootless = is_rootless();
    if (prepared.rootless && prepared.plan.process)
        prepared.plan.process->in_user_namespace = true;
    if (linux.seccomp && annotation_flag(prepared.config.annotations, "run.oci.seccomp_fail_unknown_syscall"))
        refuse_unknown_calls(*linux.seccomp);
    if (linux.seccomp)
        prepared.plan.seccomp = compile_seccomp(*linux.seccomp);
    prepare_cgroup(request, linux, prepared, warnings);
    return prepared;
}

}  // namespace ocikit::run
