#include "features.hpp"

#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/mp11/algorithm.hpp>

#include <ocikit/capability.hpp>
#include <ocikit/config.hpp>
#include <ocikit/mount_option.hpp>
#include <ocikit/version.hpp>

#include "seccomp/filter.hpp"

namespace ocikit::run {

namespace {

template <class E>
std::vector<E> all() {
    std::vector<E> values;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>(
        [&](auto enumerator) { values.push_back(enumerator.value); });
    return values;
}

std::vector<std::string> hook_kinds() {
    std::vector<std::string> names;
    boost::mp11::mp_for_each<boost::describe::describe_members<spec::Hooks, boost::describe::mod_public>>(
        [&](auto member) { names.emplace_back(member.name); });
    return names;
}

std::vector<std::string> mount_option_names() {
    std::vector<std::string> names;
    for (const auto& option : mount_options())
        names.emplace_back(option.name);
    return names;
}

spec::SeccompFeatures seccomp_features() {
    spec::SeccompFeatures seccomp;
    seccomp.enabled = true;
    seccomp.actions = all<spec::SeccompAction>();
    seccomp.operators = all<spec::SeccompOperator>();
    seccomp.archs = seccomp_architectures();
    seccomp.knownFlags = all<spec::SeccompFlag>();
    seccomp.supportedFlags = seccomp.knownFlags;
    return seccomp;
}

spec::LinuxFeatures linux_features() {
    spec::LinuxFeatures linux;
    linux.namespaces = all<spec::NamespaceType>();
    for (const auto name : capability_names())
        linux.capabilities.emplace_back(name);
    linux.cgroup =
        spec::CgroupFeatures{.v1 = true, .v2 = true, .systemd = true, .systemdUser = true, .rdma = true};
    linux.seccomp = seccomp_features();
    linux.apparmor = spec::Enabled{true};
    linux.selinux = spec::Enabled{true};
    linux.intelRdt = spec::IntelRdtFeatures{.enabled = true, .schemata = true, .monitoring = true};
    linux.memoryPolicy =
        spec::MemoryPolicyFeatures{all<spec::MemoryPolicyMode>(), all<spec::MemoryPolicyFlag>()};
    linux.mountExtensions = spec::MountExtensions{.idmap = spec::Enabled{true}};
    linux.netDevices = spec::Enabled{true};
    return linux;
}

}  // namespace

spec::Features features() {
    spec::Features result;
    result.ociVersionMin = oldest_spec_version;
    result.ociVersionMax = spec_version;
    result.hooks = hook_kinds();
    result.mountOptions = mount_option_names();
    result.annotations["io.github.seccomp.libseccomp.version"] = seccomp_library_version();
    // whatever systemd can be told of a unit; files of the host's; rights of the caller's
    result.potentiallyUnsafeConfigAnnotations = {"org.systemd.property.", "run.oci.hooks.stderr",
                                                 "run.oci.hooks.stdout", "run.oci.keep_original_groups"};
    result.linux = linux_features();
    return result;
}

}  // namespace ocikit::run
