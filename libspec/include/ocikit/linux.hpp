// The `linux` object of config.json, as in config-linux.md of the specification 1.3.0.
// See config.hpp for how the types are to be read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <ocikit/enum_text.hpp>

// A member of the model; in the compilers' GNU modes also a macro.
#undef linux

namespace ocikit::spec {

// The one array of T that is required; all others are optional.
template <class T>
inline constexpr std::string_view required_array = {};

// config-linux.md#user-namespace-mappings
struct IdMapping {
    std::uint32_t containerID = 0;
    std::uint32_t hostID = 0;
    std::uint32_t size = 0;
};
BOOST_DESCRIBE_STRUCT(IdMapping, (), (containerID, hostID, size))

// config-linux.md#namespaces
BOOST_DEFINE_ENUM_CLASS(NamespaceType, pid, network, mount, ipc, uts, user, cgroup, time)

struct Namespace {
    NamespaceType type{};
    std::optional<std::string> path;  // absent: a new one
};
BOOST_DESCRIBE_STRUCT(Namespace, (), (type, path))

// config-linux.md#offset-for-time-namespace
struct TimeOffset {
    std::optional<std::int64_t> secs;
    std::optional<std::uint32_t> nanosecs;
};
BOOST_DESCRIBE_STRUCT(TimeOffset, (), (secs, nanosecs))

// config-linux.md#devices
struct Device {
    std::string type;  // c, b, u or p
    std::string path;
    std::optional<std::int64_t> major;
    std::optional<std::int64_t> minor;
    std::optional<std::uint32_t> fileMode;
    std::optional<std::uint32_t> uid;
    std::optional<std::uint32_t> gid;
};
BOOST_DESCRIBE_STRUCT(Device, (), (type, path, major, minor, fileMode, uid, gid))

// config-linux.md#network-devices
struct NetDevice {
    std::optional<std::string> name;
};
BOOST_DESCRIBE_STRUCT(NetDevice, (), (name))

// config-linux.md#control-groups and the sections after it
struct DeviceRule {
    bool allow = false;
    std::optional<std::string> type;  // a, c or b; absent: a
    std::optional<std::int64_t> major;
    std::optional<std::int64_t> minor;
    std::optional<std::string> access;  // of r, w, m
};
BOOST_DESCRIBE_STRUCT(DeviceRule, (), (allow, type, major, minor, access))

struct Memory {
    std::optional<std::int64_t> limit;  // bytes
    std::optional<std::int64_t> reservation;
    std::optional<std::int64_t> swap;  // memory and swap together
    std::optional<std::int64_t> kernel;
    std::optional<std::int64_t> kernelTCP;
    std::optional<std::uint64_t> swappiness;
    std::optional<bool> disableOOMKiller;
    std::optional<bool> useHierarchy;
    std::optional<bool> checkBeforeUpdate;
};
BOOST_DESCRIBE_STRUCT(Memory, (),
                      (limit, reservation, swap, kernel, kernelTCP, swappiness, disableOOMKiller,
                       useHierarchy, checkBeforeUpdate))

struct Cpu {
    std::optional<std::uint64_t> shares;
    std::optional<std::int64_t> quota;    // µs a period
    std::optional<std::uint64_t> burst;   // µs
    std::optional<std::uint64_t> period;  // µs
    std::optional<std::int64_t> realtimeRuntime;
    std::optional<std::uint64_t> realtimePeriod;
    std::optional<std::string> cpus;
    std::optional<std::string> mems;
    std::optional<std::int64_t> idle;
};
BOOST_DESCRIBE_STRUCT(Cpu, (),
                      (shares, quota, burst, period, realtimeRuntime, realtimePeriod, cpus, mems, idle))

struct Pids {
    std::int64_t limit = 0;  // the schema of 1.3.0 requires it; -1: no limit
};
BOOST_DESCRIBE_STRUCT(Pids, (), (limit))

struct WeightDevice {
    std::int64_t major = 0;
    std::int64_t minor = 0;
    std::optional<std::uint16_t> weight;
    std::optional<std::uint16_t> leafWeight;
};
BOOST_DESCRIBE_STRUCT(WeightDevice, (), (major, minor, weight, leafWeight))

struct ThrottleDevice {
    std::int64_t major = 0;
    std::int64_t minor = 0;
    std::optional<std::uint64_t> rate;  // bytes or operations a second
};
BOOST_DESCRIBE_STRUCT(ThrottleDevice, (), (major, minor, rate))

struct BlockIo {
    std::optional<std::uint16_t> weight;
    std::optional<std::uint16_t> leafWeight;
    std::vector<WeightDevice> weightDevice;
    std::vector<ThrottleDevice> throttleReadBpsDevice;
    std::vector<ThrottleDevice> throttleWriteBpsDevice;
    std::vector<ThrottleDevice> throttleReadIOPSDevice;
    std::vector<ThrottleDevice> throttleWriteIOPSDevice;
};
BOOST_DESCRIBE_STRUCT(BlockIo, (),
                      (weight, leafWeight, weightDevice, throttleReadBpsDevice, throttleWriteBpsDevice,
                       throttleReadIOPSDevice, throttleWriteIOPSDevice))

struct HugepageLimit {
    std::string pageSize;
    std::uint64_t limit = 0;  // bytes
};
BOOST_DESCRIBE_STRUCT(HugepageLimit, (), (pageSize, limit))

struct InterfacePriority {
    std::string name;
    std::uint32_t priority = 0;
};
BOOST_DESCRIBE_STRUCT(InterfacePriority, (), (name, priority))

struct Network {
    std::optional<std::uint32_t> classID;
    std::vector<InterfacePriority> priorities;
};
BOOST_DESCRIBE_STRUCT(Network, (), (classID, priorities))

struct Rdma {
    std::optional<std::uint32_t> hcaHandles;
    std::optional<std::uint32_t> hcaObjects;
};
BOOST_DESCRIBE_STRUCT(Rdma, (), (hcaHandles, hcaObjects))

struct Resources {
    std::vector<DeviceRule> devices;
    std::optional<Memory> memory;
    std::optional<Cpu> cpu;
    std::optional<Pids> pids;
    std::optional<BlockIo> blockIO;
    std::vector<HugepageLimit> hugepageLimits;
    std::optional<Network> network;
    std::map<std::string, Rdma> rdma;
    std::map<std::string, std::string> unified;
};
BOOST_DESCRIBE_STRUCT(Resources, (),
                      (devices, memory, cpu, pids, blockIO, hugepageLimits, network, rdma, unified))

// config-linux.md#seccomp
BOOST_DEFINE_ENUM_CLASS(SeccompAction, kill, kill_process, kill_thread, trap, errno_, trace, allow, log,
                        notify)
template <>
inline constexpr EnumText enum_text<SeccompAction>{"SCMP_ACT_", true};
BOOST_DEFINE_ENUM_CLASS(SeccompOperator, ne, lt, le, eq, ge, gt, masked_eq)
template <>
inline constexpr EnumText enum_text<SeccompOperator>{"SCMP_CMP_", true};
BOOST_DEFINE_ENUM_CLASS(SeccompFlag, tsync, log, spec_allow, wait_killable_recv)
template <>
inline constexpr EnumText enum_text<SeccompFlag>{"SECCOMP_FILTER_FLAG_", true};
BOOST_DEFINE_ENUM_CLASS(SeccompArch, x86, x86_64, x32, arm, aarch64, loongarch64, m68k, mips, mips64,
                        mips64n32, mipsel, mipsel64, mipsel64n32, ppc, ppc64, ppc64le, s390, s390x, sh, sheb,
                        parisc, parisc64, riscv64)
template <>
inline constexpr EnumText enum_text<SeccompArch>{"SCMP_ARCH_", true};

struct SyscallArg {
    std::uint32_t index = 0;
    std::uint64_t value = 0;
    std::optional<std::uint64_t> valueTwo;
    SeccompOperator op{};
};
BOOST_DESCRIBE_STRUCT(SyscallArg, (), (index, value, valueTwo, op))

struct Syscall {
    std::vector<std::string> names;
    SeccompAction action{};
    std::optional<std::uint32_t> errnoRet;
    std::vector<SyscallArg> args;
};
BOOST_DESCRIBE_STRUCT(Syscall, (), (names, action, errnoRet, args))
template <>
inline constexpr std::string_view required_array<Syscall> = "names";

struct Seccomp {
    SeccompAction defaultAction{};
    std::optional<std::uint32_t> defaultErrnoRet;
    std::vector<SeccompArch> architectures;
    std::vector<SeccompFlag> flags;
    std::optional<std::string> listenerPath;
    std::optional<std::string> listenerMetadata;
    std::vector<Syscall> syscalls;
};
BOOST_DESCRIBE_STRUCT(Seccomp, (),
                      (defaultAction, defaultErrnoRet, architectures, flags, listenerPath, listenerMetadata,
                       syscalls))

// config-linux.md#intelrdt
struct IntelRdt {
    std::optional<std::string> closID;
    std::vector<std::string> schemata;
    std::optional<std::string> l3CacheSchema;
    std::optional<std::string> memBwSchema;
    std::optional<bool> enableMonitoring;
};
BOOST_DESCRIBE_STRUCT(IntelRdt, (), (closID, schemata, l3CacheSchema, memBwSchema, enableMonitoring))

// config-linux.md#memory-policy
BOOST_DEFINE_ENUM_CLASS(MemoryPolicyMode, default_, bind, interleave, weighted_interleave, preferred,
                        preferred_many, local)
template <>
inline constexpr EnumText enum_text<MemoryPolicyMode>{"MPOL_", true};
BOOST_DEFINE_ENUM_CLASS(MemoryPolicyFlag, numa_balancing, relative_nodes, static_nodes)
template <>
inline constexpr EnumText enum_text<MemoryPolicyFlag>{"MPOL_F_", true};

struct MemoryPolicy {
    std::optional<MemoryPolicyMode> mode;
    std::optional<std::string> nodes;
    std::vector<MemoryPolicyFlag> flags;
};
BOOST_DESCRIBE_STRUCT(MemoryPolicy, (), (mode, nodes, flags))

// config-linux.md#personality
BOOST_DEFINE_ENUM_CLASS(PersonalityDomain, linux, linux32)
template <>
inline constexpr EnumText enum_text<PersonalityDomain>{"", true};

struct Personality {
    std::optional<PersonalityDomain> domain;
    std::vector<std::string> flags;
};
BOOST_DESCRIBE_STRUCT(Personality, (), (domain, flags))

// Engines write the recursive ones too, which mount(8) knows; the schemas don't have them.
BOOST_DEFINE_ENUM_CLASS(RootfsPropagation, private_, shared, slave, unbindable, rprivate, rshared, rslave,
                        runbindable)

struct Linux {
    std::vector<Namespace> namespaces;
    std::vector<IdMapping> uidMappings;
    std::vector<IdMapping> gidMappings;
    std::map<std::string, TimeOffset> timeOffsets;  // by clock: boottime, monotonic
    std::vector<Device> devices;
    std::map<std::string, NetDevice> netDevices;  // by name on the host
    std::optional<std::string> cgroupsPath;
    std::optional<Resources> resources;
    std::optional<RootfsPropagation> rootfsPropagation;
    std::optional<Seccomp> seccomp;
    std::map<std::string, std::string> sysctl;
    std::vector<std::string> maskedPaths;
    std::vector<std::string> readonlyPaths;
    std::optional<std::string> mountLabel;
    std::optional<IntelRdt> intelRdt;
    std::optional<MemoryPolicy> memoryPolicy;
    std::optional<Personality> personality;
};
BOOST_DESCRIBE_STRUCT(Linux, (),
                      (namespaces, uidMappings, gidMappings, timeOffsets, devices, netDevices, cgroupsPath,
                       resources, rootfsPropagation, seccomp, sysctl, maskedPaths, readonlyPaths, mountLabel,
                       intelRdt, memoryPolicy, personality))

}  // namespace ocikit::spec
