// config.json, member by member as in config.md of the specification 1.3.0.
//
// How the types say what the spec says: a plain member is required, std::optional
// is optional, a vector or map is optional and absent when empty (but see required_array). A member with a
// trailing underscore has the JSON name without it (C++ keeps the word).
// Integers have the spec's width; "unlimited" is -1 where the spec has int64.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/json/object.hpp>

#include <ocikit/linux.hpp>

namespace ocikit::spec {

// config.md#root
struct Root {
    std::string path;
    std::optional<bool> readonly;
};
BOOST_DESCRIBE_STRUCT(Root, (), (path, readonly))

// config.md#mounts
struct Mount {
    std::string destination;
    std::optional<std::string> type;
    std::optional<std::string> source;
    std::vector<std::string> options;
    std::vector<IdMapping> uidMappings;
    std::vector<IdMapping> gidMappings;
};
BOOST_DESCRIBE_STRUCT(Mount, (), (destination, type, source, options, uidMappings, gidMappings))

// config.md#process
struct ConsoleSize {
    std::uint64_t height = 0;
    std::uint64_t width = 0;
};
BOOST_DESCRIBE_STRUCT(ConsoleSize, (), (height, width))

struct User {
    std::optional<std::uint32_t> uid;  // absent: 0
    std::optional<std::uint32_t> gid;
    std::optional<std::uint32_t> umask;
    std::vector<std::uint32_t> additionalGids;
    std::optional<std::string> username;  // Windows
};
BOOST_DESCRIBE_STRUCT(User, (), (uid, gid, umask, additionalGids, username))

struct Rlimit {
    std::string type;  // RLIMIT_…
    std::uint64_t hard = 0;
    std::uint64_t soft = 0;
};
BOOST_DESCRIBE_STRUCT(Rlimit, (), (type, hard, soft))

// Names of capabilities(7); an unknown one deserves a warning only (config.md#linux-process).
struct Capabilities {
    std::vector<std::string> bounding;
    std::vector<std::string> effective;
    std::vector<std::string> inheritable;
    std::vector<std::string> permitted;
    std::vector<std::string> ambient;
};
BOOST_DESCRIBE_STRUCT(Capabilities, (), (bounding, effective, inheritable, permitted, ambient))

BOOST_DEFINE_ENUM_CLASS(SchedulerPolicy, other, fifo, rr, batch, iso, idle, deadline)
template <>
inline constexpr EnumText enum_text<SchedulerPolicy>{"SCHED_", true};
BOOST_DEFINE_ENUM_CLASS(SchedulerFlag, reset_on_fork, reclaim, dl_overrun, keep_policy, keep_params,
                        util_clamp_min, util_clamp_max)
template <>
inline constexpr EnumText enum_text<SchedulerFlag>{"SCHED_FLAG_", true};

struct Scheduler {
    SchedulerPolicy policy{};
    std::optional<std::int32_t> nice;
    std::optional<std::int32_t> priority;
    std::vector<SchedulerFlag> flags;
    std::optional<std::uint64_t> runtime;   // ns
    std::optional<std::uint64_t> deadline;  // ns
    std::optional<std::uint64_t> period;    // ns
};
BOOST_DESCRIBE_STRUCT(Scheduler, (), (policy, nice, priority, flags, runtime, deadline, period))

BOOST_DEFINE_ENUM_CLASS(IoPriorityClass, rt, be, idle)
template <>
inline constexpr EnumText enum_text<IoPriorityClass>{"IOPRIO_CLASS_", true};

struct IoPriority {
    IoPriorityClass class_{};
    std::optional<std::int32_t> priority;
};
BOOST_DESCRIBE_STRUCT(IoPriority, (), (class_, priority))

struct ExecCpuAffinity {
    std::optional<std::string> initial;
    std::optional<std::string> final_;
};
BOOST_DESCRIBE_STRUCT(ExecCpuAffinity, (), (initial, final_))

struct Process {
    std::optional<bool> terminal;
    std::optional<ConsoleSize> consoleSize;
    std::optional<User> user;
    std::vector<std::string> args;
    std::optional<std::string> commandLine;  // Windows
    std::vector<std::string> env;
    std::string cwd;
    std::optional<Capabilities> capabilities;
    std::vector<Rlimit> rlimits;
    std::optional<bool> noNewPrivileges;
    std::optional<std::string> apparmorProfile;
    std::optional<std::int64_t> oomScoreAdj;
    std::optional<Scheduler> scheduler;
    std::optional<std::string> selinuxLabel;
    std::optional<IoPriority> ioPriority;
    std::optional<ExecCpuAffinity> execCPUAffinity;
};
BOOST_DESCRIBE_STRUCT(Process, (),
                      (terminal, consoleSize, user, args, commandLine, env, cwd, capabilities, rlimits,
                       noNewPrivileges, apparmorProfile, oomScoreAdj, scheduler, selinuxLabel, ioPriority,
                       execCPUAffinity))

// config.md#posix-platform-hooks
struct Hook {
    std::string path;
    std::vector<std::string> args;
    std::vector<std::string> env;
    std::optional<std::int64_t> timeout;  // seconds, > 0
};
BOOST_DESCRIBE_STRUCT(Hook, (), (path, args, env, timeout))

struct Hooks {
    std::vector<Hook> prestart;
    std::vector<Hook> createRuntime;
    std::vector<Hook> createContainer;
    std::vector<Hook> startContainer;
    std::vector<Hook> poststart;
    std::vector<Hook> poststop;
};
BOOST_DESCRIBE_STRUCT(Hooks, (),
                      (prestart, createRuntime, createContainer, startContainer, poststart, poststop))

// config.md. The sections of other platforms are kept as they are.
struct Config {
    std::string ociVersion;
    std::optional<Process> process;
    std::optional<Root> root;
    std::optional<std::string> hostname;
    std::optional<std::string> domainname;
    std::vector<Mount> mounts;
    std::optional<Hooks> hooks;
    std::map<std::string, std::string> annotations;
    std::optional<Linux> linux;
    std::optional<boost::json::object> solaris;
    std::optional<boost::json::object> windows;
    std::optional<boost::json::object> vm;
    std::optional<boost::json::object> zos;
    std::optional<boost::json::object> freebsd;
};
BOOST_DESCRIBE_STRUCT(Config, (),
                      (ociVersion, process, root, hostname, domainname, mounts, hooks, annotations, linux,
                       solaris, windows, vm, zos, freebsd))

}  // namespace ocikit::spec
