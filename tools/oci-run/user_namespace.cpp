#include "user_namespace.hpp"

#include <cerrno>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/protocol.hpp"
#include "kernel/files.hpp"
#include "kernel/helper.hpp"
#include "kernel/id_map.hpp"
#include "kernel/mount.hpp"
#include "kernel/root_path.hpp"

namespace ocikit::run {

namespace {

using Mappings = std::vector<spec::IdMapping>;

// The words for users and for groups.
struct Names {
    const char* file;
    const char* pointer;
    const char* program;
    const char* ranges;
};
constexpr Names users{"uid_map", "config.json: /linux/uidMappings", "newuidmap", "/etc/subuid"};
constexpr Names groups{"gid_map", "config.json: /linux/gidMappings", "newgidmap", "/etc/subgid"};

std::string in_process(pid_t pid, const char* file) {
    return "/proc/" + std::to_string(pid) + "/" + file;
}

void write_map(pid_t pid, const Mappings& mappings, const Names& names) {
    std::string text;
    for (const auto& one : mappings)
        text += std::to_string(one.containerID) + " " + std::to_string(one.hostID) + " " +
                std::to_string(one.size) + "\n";
    const std::string path = in_process(pid, names.file);
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd || ::write(fd.get(), text.data(), text.size()) < 0)
        throw Error::last(
            "write " + path, names.pointer,
            errno == EPERM ? "the ids have to be oci-run's to give: its own user namespace has to have them"
            : errno == EINVAL ? "too long: the kernel takes a page of text"
                              : "");
}

void call_helper(pid_t pid, const Mappings& mappings, const Names& names) {
    std::vector<std::string> args{names.program, std::to_string(pid)};
    for (const auto& one : mappings)
        for (const std::uint32_t number : {one.containerID, one.hostID, one.size})
            args.push_back(std::to_string(number));
    const std::string without =
        std::string("an ordinary user can map itself alone, as one mapping of size 1; for more, ") +
        names.ranges + " has to have ranges for it";
    const auto path = find_in_path(names.program);
    if (!path)
        throw Error({.operation = names.program,
                     .object = names.pointer,
                     .reason = "not found in $PATH (package uidmap)",
                     .hint = without});
    const HelperOutcome outcome = run_helper(*path, args);
    if (outcome.status.code != 0)
        throw Error({.operation = *path,
                     .object = names.pointer,
                     .reason = outcome.output.empty() ? "exit status " + std::to_string(outcome.status.code)
                                                      : outcome.output,
                     .hint = without});
}

// What the kernel lets anybody do: a process's own id, and nothing else.
bool is_own_id(const Mappings& mappings, std::uint32_t own) {
    return mappings.size() == 1 && mappings.front().size == 1 && mappings.front().hostID == own;
}

void give(pid_t pid, const Mappings& mappings, std::uint32_t own, const Names& names) {
    if (::geteuid() == 0)
        return write_map(pid, mappings, names);
    if (!is_own_id(mappings, own))
        return call_helper(pid, mappings, names);
    if (names.file == groups.file)  // or a process could leave a group that is denied something
        write_at(AT_FDCWD, in_process(pid, "setgroups").c_str(), "deny");
    write_map(pid, mappings, names);
}

bool same(const Mappings& a, const Mappings& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const spec::IdMapping& x, const spec::IdMapping& y) {
                          return x.containerID == y.containerID && x.hostID == y.hostID && x.size == y.size;
                      });
}

void check_joined(pid_t pid, const Mappings& mappings, IdMap::Kind kind, const Names& names) {
    // podman gives this one with any path, for runtimes that ask for mappings in any case
    static const Mappings dummy{{0, 0, 1}};
    if (mappings.empty() || same(mappings, dummy) || same(mappings, IdMap::of_process(pid, kind).mappings()))
        return;
    throw Error({.object = names.pointer,
                 .reason = "not those of the user namespace that is joined by path",
                 .hint = "leave them out: it has its mappings already"});
}

// A node as a mount that is nowhere yet. None if this process may not make nodes. The node itself
// stays: what is unlinked can't be mounted (move_mount(2)), nor bound by a container in the container.
UniqueFd make_detached_node(const DeviceNode& node, int directory, const char* name, uid_t uid, gid_t gid) {
    if (::mknodat(directory, name, node.type | 0600, makedev(node.major, node.minor)) < 0) {
        if (errno == EPERM)
            return {};
        throw Error::last("make the device node", node.path);
    }
    if (::fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ||
        ::fchmodat(directory, name, node.mode, 0) < 0)
        throw Error::last("set the owner and mode of the device node", node.path);
    DetachedMount mount = DetachedMount::copy(directory, name, false, node.path);
    // where the state is kept there may be no devices
    mount.set({.set = 0, .clear = MOUNT_ATTR_NODEV, .propagation = 0}, false);
    return mount.release();
}

}  // namespace

void send_devices(pid_t pid, const InitPlan& plan, const StateDir& state, const Channel& channel) {
    std::size_t made = 0;
    if (is_rootless() || !plan.make_devices)
        return;
    for (std::size_t i = 0; i < plan.devices.size(); ++i) {
        const DeviceNode& node = plan.devices[i];
        if (!node.configured || node.type == S_IFIFO)  // which everybody can make
            continue;
        const auto uid = IdMap::of_process(pid, IdMap::Kind::users).outside(node.uid);
        const auto gid = IdMap::of_process(pid, IdMap::Kind::groups).outside(node.gid);
        if (!uid || !gid)
            continue;
        const UniqueFd mount =
            make_detached_node(node, state.fd(), StateDir::device_node(made).c_str(), *uid, *gid);
        if (!mount)
            return;
        ++made;
        send_message(channel, MessageType::source, "node " + std::to_string(i), mount.get());
    }
}

void write_mappings(pid_t pid, const InitPlan& plan) {
    if (plan.new_namespaces & CLONE_NEWUSER) {
        give(pid, plan.uid_mappings, ::geteuid(), users);
        give(pid, plan.gid_mappings, ::getegid(), groups);
    } else {
        check_joined(pid, plan.uid_mappings, IdMap::Kind::users, users);
        check_joined(pid, plan.gid_mappings, IdMap::Kind::groups, groups);
    }
}

void set_oom_score(pid_t pid, const ProcessPlan& process, std::vector<std::string>& warnings) {
    if (!process.oom_score_adj)
        return;
    const char* const pointer = "config.json: /process/oomScoreAdj";
    try {
        write_at(AT_FDCWD, in_process(pid, "oom_score_adj").c_str(), std::to_string(*process.oom_score_adj));
    } catch (const Error& error) {
        if (error.code() != EACCES || !is_rootless())
            throw error.within(pointer);
        warnings.push_back(std::string(pointer) + ": stays as it is: lowering it needs root");
    }
}

void send_sources(pid_t pid, const InitPlan& plan, const Channel& channel) {
    // an ordinary user's init can reach more than the user; root's can't
    if (::geteuid() != 0)
        return;
    const UniqueFd top(::open(in_process(pid, "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!top)
        return;
    const RootPath paths(top.get());
    // what can't be opened here init tries itself, and tells why it can't
    if (const UniqueFd root = paths.try_open(plan.root, O_PATH | O_DIRECTORY))
        send_message(channel, MessageType::source, "root", root.get());
    for (const auto& step : plan.mounts) {
        if (step.kind != MountStep::Kind::bind || step.mapping)
            continue;
        const int flags = step.copy_link || !step.follow_source ? O_PATH | O_NOFOLLOW : O_PATH;
        if (const UniqueFd source = paths.try_open(step.source, flags))
            send_message(channel, MessageType::source, std::to_string(step.index), source.get());
    }
}

void give_standard_streams(pid_t pid, const ProcessPlan& process) {
    if (::geteuid() != 0)
        return;
    const auto owner = IdMap::of_process(pid, IdMap::Kind::users).outside(process.uid);
    const auto group = IdMap::of_process(pid, IdMap::Kind::groups).outside(process.gid);
    for (int fd = 0; owner && fd <= 2; ++fd) {
        struct stat st;
        // nothing else: a device or a file may be everybody's
        if (::fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) && st.st_uid != *owner &&
            ::fchown(fd, *owner, group.value_or(static_cast<gid_t>(-1))) < 0 && errno != EPERM &&
            errno != EROFS && errno != EINVAL)
            throw Error::last("set the owner of", "standard stream " + std::to_string(fd));
    }
}

}  // namespace ocikit::run
