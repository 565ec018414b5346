// The steps of init, a file each; all throw Error.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include <ocikit/error.hpp>
#include <ocikit/unique_fd.hpp>

#include "cgroup/cgroup.hpp"
#include "kernel/channel.hpp"
#include "kernel/root_path.hpp"
#include "mount_sources.hpp"
#include "plan/init_plan.hpp"

namespace ocikit::run {

// user_namespace.cpp
// What the command has opened or made for this mount namespace; by index in config.json's mounts.
struct Sources {
    UniqueFd root;
    std::map<std::size_t, UniqueFd> binds;   // as they are
    std::map<std::size_t, UniqueFd> copies;  // detached
    std::map<std::size_t, UniqueFd> nodes;   // detached, by index in the plan's devices
};
// Waits for the first `go`: the namespace has its ids.
Sources receive_sources(const Channel& channel);
// Copies the sources of bind mounts that stay connected with the host's, while this
// namespace's own do.
void copy_connected(const InitPlan& plan, Sources& sources);
void become_namespace_root(const ProcessPlan& process);
void make_time_namespace(const std::string& offsets);

// root.cpp
// Makes the host's mounts private to this namespace and the root directory a mount
// of its own; returns its descriptor.
UniqueFd prepare_root(const InitPlan& plan, const Sources& sources);
// Makes root the process's root, and in a mount namespace of its own the old one unreachable.
void enter_root(int root, const InitPlan& plan);

// mounts.cpp
struct MountContext {
    const InitPlan& plan;
    const std::vector<MountSource>& sources;
    const Sources& opened;
    const Cgroup& cgroup;
    // Called once, before the first mount of a cgroup filesystem.
    std::function<void()> join_cgroup;
};
// A tmpfs that is to be read-only once everything is in it: further mounts, devices, links.
struct LateReadonly {
    UniqueFd mount;
    std::string what;  // for an error
};
std::vector<LateReadonly> make_mounts(const MountContext& context, RootPath& root);
void make_readonly(const std::vector<LateReadonly>& mounts);
// copy_up.cpp
// Copies what is in a directory, but not what is mounted there, into one that is empty.
void copy_up(int from, int to);
// cgroup_mount.cpp
void mount_cgroup(const MountStep& step, int target, const Cgroup& cgroup, RootPath& root);

// devices.cpp
void make_devices(const InitPlan& plan, const Sources& sources, RootPath& root);

// paths.cpp
// label: of SELinux, may be empty.
void mask_paths(const std::vector<std::string>& paths, const std::string& label, RootPath& root);
void make_paths_readonly(const std::vector<std::string>& paths, RootPath& root);

// console.cpp
// A terminal in the container's devpts: its master goes to the command, the result is its slave.
UniqueFd open_terminal(const ProcessPlan& process, const RootPath& root, const Channel& channel);
// The same, with the slave on /dev/console.
UniqueFd make_console(const ProcessPlan& process, RootPath& root, const Channel& channel);
// Standard input, output and error, and the controlling terminal.
void take_console(const UniqueFd& slave);

// namespaces.cpp
void bring_up_loopback();
void set_names(const InitPlan& plan);

// sysctl.cpp
void set_sysctls(const std::vector<SysctlStep>& steps, bool in_user_namespace);

// attributes.cpp
// Scheduler, I/O priority, memory policy and personality; before capabilities go.
void set_attributes(const ProcessPlan& process);
// For `exec`; member: of /process/execCPUAffinity, for an error.
void set_cpu_affinity(const std::vector<unsigned long>& cpus, const char* member);

// labels.cpp
// An instance of procfs of our own, never attached: what is mounted on the container's can't
// redirect what is written here (CVE-2019-16884, CVE-2025-52881). To be called before the
// container's mounts are made.
UniqueFd open_own_proc();
bool is_enabled(SecurityModule module);
// Where the kernel has no AppArmor a profile is left out with a warning, as crun and the OCI
// validation suite have it: bundles name the one that their maker's machine had.
void leave_out_apparmor_without_it(ProcessPlan& process, std::vector<std::string>& warnings);
// Throws Error if a security module isn't at work on this machine; the result is what
// the others want, made before the container's root can hide the machine's files.
UniqueFd prepare_labels(const std::vector<LabelStep>& steps);
// Whether set_labels will succeed, in words: an own process tries it.
void check_labels(const UniqueFd& proc, const std::vector<LabelStep>& steps);
// They hold from the next execve(2) on, which is to be the program's.
void set_labels(const UniqueFd& proc, const std::vector<LabelStep>& steps);
struct LabelWrite {
    std::string file;  // below /proc
    std::string text;
};
LabelWrite label_write(const LabelStep& step);

// credentials.cpp
// User, groups, capabilities and no_new_privs, in the order that they allow. Warnings go
// to the channel. keep: capabilities that stay until set_capabilities is called with the
// result.
CapabilitySets take_credentials(const ProcessPlan& process, const Channel& channel, std::uint64_t keep = 0);
void set_capabilities(const CapabilitySets& sets);
// The part of /process/rlimits that may need a capability which the program hasn't, nor an
// init in a user namespace. pid: 0 for this process.
void raise_hard_limits(const ProcessPlan& process, pid_t pid = 0);
void set_limits(const ProcessPlan& process);
// Before the credentials are the program's own, as runtimes do, so that a root without capabilities
// gets where only another user may go; false if that isn't enough (a directory of a network).
bool try_working_directory(const ProcessPlan& process);
// And after that.
void enter_working_directory(const ProcessPlan& process, bool entered);

// entry.cpp
// ignored: bit n-1 for signal n.
void stop_ignoring_signals(std::uint64_t ignored);
// So that the container can't reach the keys of the session it was started from.
void join_session_keyring(const std::string& id);
// While /proc is the host's: the container's may be anything.
void set_oom_score(int score);
// What is the same for every program, right before it is executed: no signal blocked, no
// descriptor but those that it gets.
void close_the_door(unsigned preserved_fds);
// Loading a filter needs no_new_privs, or this capability a little longer (seccomp(2)).
std::uint64_t kept_for_filter(const ProcessPlan& process, const std::optional<SeccompFilter>& filter);
// The filter, if the stub can load it: with no_new_privs, and so needs no leave for its own calls.
const SeccompFilter* stub_filter(const ProcessPlan& process, const std::optional<SeccompFilter>& filter);
// The profile is the program's: what is called after this is capset(2), prctl(2) and
// execve(2) only, and what the stub calls if it comes next. A listener is handed over to
// the command, by sendmsg(2) and recvmsg(2) of the channel.
void load_filter(const ProcessPlan& process, const std::optional<SeccompFilter>& filter,
                 const CapabilitySets& sets, bool through_stub, const Channel& channel);

// home.cpp
// The process with $HOME, if it has none: from the container's /etc/passwd, or "/".
ProcessPlan with_home(const ProcessPlan& process);
// The home directory of a user in a text of passwd(5); "/" if there is none.
std::string home_directory(std::string_view passwd, uid_t uid);

// executable.cpp
struct FileId {
    dev_t device = 0;
    ino_t inode = 0;
};
// oci-run's own file; to be asked for while /proc is the host's.
FileId own_executable();

struct Program {
    std::string path;
    // It and what the kernel executes with it were looked at, and are none of oci-run's.
    bool seen_through = false;
};
// The file that args[0] names, looked up through PATH of the container's environment
// as execvp(3) does. Throws Error, with all that was looked at, if there is none, if it
// needs an interpreter or a loader that isn't there, and if it is oci-run.
Program find_program(const ProcessPlan& process, const FileId& own);

// program.cpp
// Replaces the process; returns only by throwing.
[[noreturn]] void execute(const std::string& program, const ProcessPlan& process);
// The stub (stub/init_stub.c) in a sealed file; made before any limit can prevent it.
UniqueFd make_stub();
// Executes the program through the stub: at once, or when `start` has connected to the
// listening socket. At once, socket is what the stub answers on if it fails.
enum class StubTask { execute, wait };
// filter: for the stub to load, right before it executes the program; nullptr: none.
// labels: the procfs of prepare_labels, for the process's labels.
struct StubCall {
    const UniqueFd& stub;
    StubTask task;
    int socket;
    const SeccompFilter* filter = nullptr;
    const UniqueFd& labels;
};
[[noreturn]] void execute_stub(const StubCall& call, const std::string& program, const ProcessPlan& process);

}  // namespace ocikit::run
