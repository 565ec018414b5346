#include "plan/make_plan.hpp"

#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>

#include <ocikit/bundle.hpp>
#include <ocikit/version.hpp>

#include "plan/mounts.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

std::uint64_t namespace_flag(spec::NamespaceType type) {
    switch (type) {
        case spec::NamespaceType::pid:
            return CLONE_NEWPID;
        case spec::NamespaceType::network:
            return CLONE_NEWNET;
        case spec::NamespaceType::mount:
            return CLONE_NEWNS;
        case spec::NamespaceType::ipc:
            return CLONE_NEWIPC;
        case spec::NamespaceType::uts:
            return CLONE_NEWUTS;
        case spec::NamespaceType::user:
            return CLONE_NEWUSER;
        case spec::NamespaceType::cgroup:
            return CLONE_NEWCGROUP;
        case spec::NamespaceType::time:
            break;
    }
    return CLONE_NEWTIME;
}

std::uint64_t propagation_flag(spec::RootfsPropagation propagation) {
    switch (propagation) {
        case spec::RootfsPropagation::shared:
            return MS_SHARED;
        case spec::RootfsPropagation::rshared:
            return MS_SHARED | MS_REC;
        case spec::RootfsPropagation::slave:
            return MS_SLAVE;
        case spec::RootfsPropagation::rslave:
            return MS_SLAVE | MS_REC;
        case spec::RootfsPropagation::unbindable:
            return MS_UNBINDABLE;
        case spec::RootfsPropagation::runbindable:
            return MS_UNBINDABLE | MS_REC;
        case spec::RootfsPropagation::private_:
            return MS_PRIVATE;
        case spec::RootfsPropagation::rprivate:
            break;
    }
    return MS_PRIVATE | MS_REC;
}

bool binds_dev(const std::vector<MountStep>& mounts) {
    for (const auto& step : mounts)
        if (step.kind == MountStep::Kind::bind && (step.destination == "/dev" || step.destination == "/dev/"))
            return true;
    return false;
}

void plan_linux(const spec::Linux& linux, InitPlan& plan) {
    plan_namespaces(linux.namespaces, plan);
    plan.mount_label = linux.mountLabel.value_or("");
    plan.masked_paths = linux.maskedPaths;
    plan.readonly_paths = linux.readonlyPaths;
    if (linux.rootfsPropagation)
        plan.root_propagation = propagation_flag(*linux.rootfsPropagation);
}

void plan_hooks(const spec::Hooks& hooks, InitPlan& plan) {
    plan.create_container_hooks = hooks.createContainer;
    plan.start_container_hooks = hooks.startContainer;
    plan.create_hooks =
        !hooks.prestart.empty() || !hooks.createRuntime.empty() || !hooks.createContainer.empty();
}

}  // namespace

bool has_namespace(const InitPlan& plan, std::uint64_t flag) {
    if (plan.new_namespaces & flag || (flag == CLONE_NEWCGROUP && plan.new_cgroup_namespace))
        return true;
    for (const auto& joined : plan.joined_namespaces)
        if (joined.type == flag)
            return true;
    return false;
}

void plan_namespaces(const std::vector<spec::Namespace>& namespaces, InitPlan& plan) {
    for (const auto& one : namespaces) {
        const std::uint64_t flag = namespace_flag(one.type);
        if (!one.path || one.path->empty()) {
            if (flag == CLONE_NEWCGROUP)
                plan.new_cgroup_namespace = true;
            else
                plan.new_namespaces |= flag;
        } else {
            plan.joined_namespaces.push_back({flag, spec::to_text(one.type), *one.path});
        }
    }
}

InitPlan make_plan(const spec::Config& config, const PlanOptions& options,
                   std::vector<std::string>& warnings) {
    refuse_unsupported(config);
    InitPlan plan;
    plan.id = options.id;
    plan.pivot = options.pivot;
    plan.new_keyring = options.new_keyring;
    if (!config.root)
        refuse("/root", "missing: there is no root filesystem");
    plan.root = root_path(options.bundle, *config.root);
    if (plan.root == "/")
        refuse("/root/path", "is the host's own root directory");
    plan.root_readonly = config.root->readonly.value_or(false);
    plan.hostname = config.hostname;
    plan.domainname = config.domainname;
    plan.mounts = plan_mounts(config, options.bundle, warnings);
    plan.make_devices = !binds_dev(plan.mounts);
    plan.devices = plan_devices(config.linux ? config.linux->devices : std::vector<spec::Device>{});
    if (config.linux)
        plan_linux(*config.linux, plan);
    if (config.linux)
        plan.net_devices = plan_net_devices(config.linux->netDevices);
    if (config.linux && config.linux->intelRdt)
        plan.rdt = plan_rdt(*config.linux->intelRdt);
    if (config.hooks)
        plan_hooks(*config.hooks, plan);
    plan.state.ociVersion = spec_version;
    plan.state.id = options.id;
    plan.state.bundle = options.bundle;
    plan.state.annotations = config.annotations;
    if (config.process) {
        plan.process = plan_process(*config.process, warnings);
        plan_annotations(config.annotations, *plan.process, warnings);
    }
    if (config.linux) {
        plan.sysctls = plan_sysctls(config, plan);
        plan_user_namespace(*config.linux, plan);
        plan_clocks(*config.linux, plan);
    }
    if (config.process && config.linux)
        plan_attributes(*config.linux, *plan.process);
    return plan;
}

}  // namespace ocikit::run
