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

constexpr std::size_t longest_name = 64;  // of a host or domain (uname(2))

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

void check_version(const std::string& text) {
    const auto version = Version::parse(text);
    if (!version)
        refuse("/ociVersion", "\"" + text + "\" is no version as in \"" + std::string(spec_version) + "\"");
    if (version->major > 1)
        refuse("/ociVersion", "version " + text + " is not supported",
               "oci-run takes versions up to " + std::string(spec_version));
}

void check_paths(const std::vector<std::string>& paths, const std::string& pointer) {
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const std::string place = pointer + "/" + std::to_string(i);
        if (!paths[i].starts_with('/'))
            refuse(place, "\"" + paths[i] + "\" is not absolute");
        refuse_root_directory(paths[i], place);
    }
}

bool binds_dev(const std::vector<MountStep>& mounts) {
    for (const auto& step : mounts)
        if (step.kind == MountStep::Kind::bind && (step.destination == "/dev" || step.destination == "/dev/"))
            return true;
    return false;
}

void plan_linux(const spec::Linux& linux, InitPlan& plan) {
    plan_namespaces(linux.namespaces, plan);
    check_paths(linux.maskedPaths, "/linux/maskedPaths");
    check_paths(linux.readonlyPaths, "/linux/readonlyPaths");
    plan.mount_label = linux.mountLabel.value_or("");
    plan.masked_paths = linux.maskedPaths;
    plan.readonly_paths = linux.readonlyPaths;
    if (linux.rootfsPropagation)
        plan.root_propagation = propagation_flag(*linux.rootfsPropagation);
}

void plan_hooks(const spec::Hooks& hooks, InitPlan& plan) {
    const std::pair<const char*, const std::vector<spec::Hook>*> kinds[] = {
        {"prestart", &hooks.prestart},
        {"createRuntime", &hooks.createRuntime},
        {"createContainer", &hooks.createContainer},
        {"startContainer", &hooks.startContainer},
        {"poststart", &hooks.poststart},
        {"poststop", &hooks.poststop},
    };
    for (const auto& [kind, list] : kinds) {
        for (std::size_t i = 0; i < list->size(); ++i) {
            const std::string pointer = "/hooks/" + std::string(kind) + "/" + std::to_string(i);
            const spec::Hook& hook = (*list)[i];
            if (!hook.path.starts_with('/'))
                refuse(pointer + "/path", "\"" + hook.path + "\" is not absolute");
            if (hook.timeout && *hook.timeout <= 0)
                refuse(pointer + "/timeout", std::to_string(*hook.timeout) + " is not above 0");
        }
    }
    plan.create_container_hooks = hooks.createContainer;
    plan.start_container_hooks = hooks.startContainer;
    plan.create_hooks =
        !hooks.prestart.empty() || !hooks.createRuntime.empty() || !hooks.createContainer.empty();
}

// What needs a namespace of the container's own, so that the host isn't changed.
void check_namespaces(const spec::Config& config, const InitPlan& plan) {
    if ((plan.new_namespaces & CLONE_NEWNS) == 0 && has_namespace(plan, CLONE_NEWUSER))
        refuse("/linux/namespaces",
               "in a user namespace mounts need a mount namespace of the container's own",
               "add {\"type\": \"mount\"}");
    for (const auto& [name, pointer] :
         {std::pair{&config.hostname, "/hostname"}, std::pair{&config.domainname, "/domainname"}}) {
        if (*name && !has_namespace(plan, CLONE_NEWUTS))
            refuse(pointer, "needs a uts namespace of the container's own",
                   "add {\"type\": \"uts\"} to /linux/namespaces");
        if (*name && (*name)->size() > longest_name)
            refuse(pointer, "longer than " + std::to_string(longest_name) + " bytes");
    }
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
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < namespaces.size(); ++i) {
        const std::string pointer = "/linux/namespaces/" + std::to_string(i);
        const std::uint64_t flag = namespace_flag(namespaces[i].type);
        const std::string name = spec::to_text(namespaces[i].type);
        if (seen & flag)
            refuse(pointer, "the namespace type " + name + " is there twice");
        seen |= flag;
        if (!namespaces[i].path || namespaces[i].path->empty()) {
            if (flag == CLONE_NEWCGROUP)
                plan.new_cgroup_namespace = true;
            else
                plan.new_namespaces |= flag;
            continue;
        }
        if (!namespaces[i].path->starts_with('/'))
            refuse(pointer + "/path", "\"" + *namespaces[i].path + "\" is not absolute");
        plan.joined_namespaces.push_back({flag, name, *namespaces[i].path});
    }
}

InitPlan make_plan(const spec::Config& config, const PlanOptions& options,
                   std::vector<std::string>& warnings) {
    check_version(config.ociVersion);
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
    check_namespaces(config, plan);
    if (config.linux)
        plan.net_devices = plan_net_devices(config.linux->netDevices, plan);
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
