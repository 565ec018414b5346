// What a runtime can do, as in features.md and features-linux.md of the specification 1.3.0.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include <ocikit/linux.hpp>

namespace ocikit::spec {

struct Enabled {
    std::optional<bool> enabled;
};
BOOST_DESCRIBE_STRUCT(Enabled, (), (enabled))

struct CgroupFeatures {
    std::optional<bool> v1;
    std::optional<bool> v2;
    std::optional<bool> systemd;
    std::optional<bool> systemdUser;
    std::optional<bool> rdma;
};
BOOST_DESCRIBE_STRUCT(CgroupFeatures, (), (v1, v2, systemd, systemdUser, rdma))

struct SeccompFeatures {
    std::optional<bool> enabled;
    std::vector<SeccompAction> actions;
    std::vector<SeccompOperator> operators;
    std::vector<SeccompArch> archs;
    std::vector<SeccompFlag> knownFlags;
    std::vector<SeccompFlag> supportedFlags;
};
BOOST_DESCRIBE_STRUCT(SeccompFeatures, (), (enabled, actions, operators, archs, knownFlags, supportedFlags))

struct MountExtensions {
    std::optional<Enabled> idmap;
};
BOOST_DESCRIBE_STRUCT(MountExtensions, (), (idmap))

// features-linux.md#intel-rdt; schemata and monitoring are in the text only, not in the schema
struct IntelRdtFeatures {
    std::optional<bool> enabled;
    std::optional<bool> schemata;
    std::optional<bool> monitoring;
};
BOOST_DESCRIBE_STRUCT(IntelRdtFeatures, (), (enabled, schemata, monitoring))

struct MemoryPolicyFeatures {
    std::vector<MemoryPolicyMode> modes;
    std::vector<MemoryPolicyFlag> flags;
};
BOOST_DESCRIBE_STRUCT(MemoryPolicyFeatures, (), (modes, flags))

struct LinuxFeatures {
    std::vector<NamespaceType> namespaces;
    std::vector<std::string> capabilities;
    std::optional<CgroupFeatures> cgroup;
    std::optional<SeccompFeatures> seccomp;
    std::optional<Enabled> apparmor;
    std::optional<Enabled> selinux;
    std::optional<IntelRdtFeatures> intelRdt;
    std::optional<MemoryPolicyFeatures> memoryPolicy;
    std::optional<MountExtensions> mountExtensions;
    std::optional<Enabled> netDevices;
};
BOOST_DESCRIBE_STRUCT(LinuxFeatures, (),
                      (namespaces, capabilities, cgroup, seccomp, apparmor, selinux, intelRdt, memoryPolicy,
                       mountExtensions, netDevices))

struct Features {
    std::string ociVersionMin;
    std::string ociVersionMax;
    std::vector<std::string> hooks;
    std::vector<std::string> mountOptions;
    std::map<std::string, std::string> annotations;
    std::vector<std::string> potentiallyUnsafeConfigAnnotations;
    std::optional<LinuxFeatures> linux;
};
BOOST_DESCRIBE_STRUCT(Features, (),
                      (ociVersionMin, ociVersionMax, hooks, mountOptions, annotations,
                       potentiallyUnsafeConfigAnnotations, linux))

}  // namespace ocikit::spec
