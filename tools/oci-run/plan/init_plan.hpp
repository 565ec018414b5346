// What the container's init process will do, as data: made from the configuration
// without privileges or system calls, carried out by init/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include <ocikit/config.hpp>
#include <ocikit/state.hpp>

#include "kernel/mount.hpp"
#include "seccomp/filter.hpp"

namespace ocikit::run {

// The mapping of an ID-mapped mount: these, or those of the user namespace at path.
struct MountMapping {
    std::vector<spec::IdMapping> uids, gids;
    std::string path;
    bool recursive = false;
};

struct MountStep {
    // change: the options of what is mounted there already (remount)
    enum class Kind { filesystem, bind, cgroup, change };

    Kind kind = Kind::filesystem;
    std::size_t index = 0;  // in config.json's mounts, for messages
    std::string destination;
    std::string type;
    std::string source;  // of a bind: absolute
    std::vector<FsParameter> parameters;
    std::uint64_t flags = 0;               // MS_… that only mount(2) can set
    MountAttributes attributes;            // of the mount itself
    MountAttributes recursive_attributes;  // of it and all below
    bool recursive_bind = false;
    // Of a bind mount whose source or destination is a symbolic link:
    bool copy_link = false;          // a link like the source is made instead
    bool follow_source = true;       // or else the link itself is mounted
    bool follow_destination = true;  // or else the mount is onto the link itself
    std::optional<MountMapping> mapping;
    std::string file_label;     // of SELinux, where the filesystem doesn't take it as an option
    bool onto_root = false;     // the container's root directory itself
    bool inherit_mode = false;  // a tmpfs has that of the directory it is mounted onto
    bool copy_up = false;       // and what is in it
    // procfs and sysfs never go onto a symbolic link (CVE-2023-28642, CVE-2019-19921)
    bool refuse_links = false;
    bool onto_proc = false;  // what isn't procfs goes there only if it is a bind of one
};

struct DeviceNode {
    std::string path;  // absolute in the container
    mode_t type = 0;   // S_IFCHR, S_IFBLK or S_IFIFO
    unsigned major = 0, minor = 0;
    mode_t mode = 0666;
    uid_t uid = 0;
    gid_t gid = 0;
    bool configured = false;  // by linux.devices, not one of the default ones
};

struct JoinedNamespace {
    std::uint64_t type = 0;  // CLONE_NEW…
    std::string name;        // as in config.json
    std::string path;
};

struct NetDeviceStep {
    std::string host_name;
    std::string name;          // in the container
    bool is_template = false;  // with %d, for which the kernel puts a number
};

// For resctrl, outside of the container (resctrl.hpp).
struct RdtPlan {
    std::string class_id;  // "": one of the container's own; "/": the default one
    struct Line {
        std::string pointer;  // below /linux/intelRdt
        std::string text;
    };
    std::vector<Line> lines;  // of the schemata file
    bool monitor = false;
};

struct LimitStep {
    int resource = 0;
    std::string name;
    std::uint64_t soft = 0, hard = 0;
};

struct SysctlStep {
    std::string key;   // as in config.json
    std::string path;  // below /proc/sys
    std::string value;
};

// Capability sets, bit n for capability n.
struct CapabilitySets {
    std::uint64_t bounding = 0, effective = 0, inheritable = 0, permitted = 0, ambient = 0;
};

// For sched_setattr(2).
struct SchedulerStep {
    std::string name;  // of the policy, as in config.json
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0, deadline = 0, period = 0;
};

// For set_mempolicy(2).
struct MemoryPolicyStep {
    int mode = 0;  // MPOL_… with MPOL_F_…
    std::vector<unsigned long> nodes;
};

// The CPUs of a process that `exec` starts, before and after it joins the container's
// cgroup; empty: as they are. The container's init has none (config.md#linux-process).
struct ExecAffinity {
    std::vector<unsigned long> initial, final;
};

enum class SecurityModule { apparmor, selinux };

// What a security module is to do with the process from execve(2) on.
struct LabelStep {
    SecurityModule module{};
    std::string label;  // a profile's name, a context
};

struct ProcessPlan {
    std::vector<std::string> args;
    std::vector<std::string> env;
    std::string cwd;
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;
    bool keep_groups = false;  // those of oci-run's caller instead
    std::optional<mode_t> umask;
    std::optional<CapabilitySets> capabilities;
    std::vector<LimitStep> limits;
    bool no_new_privileges = false;
    std::optional<int> oom_score_adj;
    bool in_user_namespace = false;  // be it oci-run's own: setgroups(2) may be denied
    bool terminal = false;
    unsigned short rows = 0, columns = 0;  // 0: not given
    std::optional<SchedulerStep> scheduler;
    std::optional<int> io_priority;  // for ioprio_set(2)
    ExecAffinity exec_affinity;
    std::vector<LabelStep> labels;
    // The container's, and so of every process that oci-run starts in it.
    std::optional<unsigned long> personality;
    std::optional<MemoryPolicyStep> memory_policy;
};

struct InitPlan {
    std::string id;
    std::uint64_t new_namespaces = 0;   // CLONE_NEW… for clone3, without the cgroup namespace
    bool new_cgroup_namespace = false;  // unshared once init is in its cgroup
    bool delegate_cgroup = false;       // v2: to the program's user
    std::vector<JoinedNamespace> joined_namespaces;
    std::vector<NetDeviceStep> net_devices;
    bool in_user_namespace = false;  // a new or a joined one
    // Of the new user namespace; of a joined one what the configuration says they are.
    std::vector<spec::IdMapping> uid_mappings, gid_mappings;
    // Lines for /proc/self/timens_offsets; if there are any, init itself makes the time
    // namespace: once a process is in one its offsets are fixed.
    std::string clock_offsets;
    std::optional<RdtPlan> rdt;
    std::optional<std::string> hostname;
    std::optional<std::string> domainname;

    std::string root;  // absolute on the host
    bool root_readonly = false;
    std::uint64_t root_propagation = 0;  // MS_…, with MS_REC; 0: private
    bool pivot = true;
    std::vector<MountStep> mounts;
    bool make_devices = true;  // not if /dev is a bind mount of the host's
    std::vector<DeviceNode> devices;
    std::string mount_label;  // of SELinux
    std::vector<std::string> masked_paths;
    std::vector<std::string> readonly_paths;
    bool new_keyring = true;
    std::vector<SysctlStep> sysctls;
    std::optional<SeccompFilter> seccomp;

    // Hooks that init runs itself, and whether there are any to run before pivot_root(2).
    std::vector<spec::Hook> create_container_hooks;
    std::vector<spec::Hook> start_container_hooks;
    bool create_hooks = false;
    spec::State state;  // for hooks: all but status and pid

    std::optional<ProcessPlan> process;  // without one there is nothing to start
};

}  // namespace ocikit::run
