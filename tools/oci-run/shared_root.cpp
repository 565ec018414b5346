#include "shared_root.hpp"

#include <fcntl.h>
#include <functional>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/protocol.hpp"
#include "kernel/mount.hpp"
#include "kernel/process.hpp"
#include "kernel/root_path.hpp"

namespace ocikit::run {

namespace {

std::uint64_t mount_id(int fd, const std::string& path) {
    struct statx status {};
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0)
        throw Error::last("find the mount of", path);
    return status.stx_mnt_id;
}

[[noreturn]] void work_in(const std::string& mount_namespace, const Channel& channel,
                          const std::function<std::string()>& work) {
    try {
        const UniqueFd fd(::open(mount_namespace.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd || ::setns(fd.get(), CLONE_NEWNS) < 0)
            throw Error::last("join the mount namespace", mount_namespace);
        send_message(channel, MessageType::ready, work());
        ::_exit(0);
    } catch (const Error& error) {
        send_message(channel, MessageType::error, encode_failure(error, {}));
    }
    ::_exit(1);
}

// Has the work done in a mount namespace, by a child if that is another one.
std::string in_mount_namespace(const std::string& path, const std::function<std::string()>& work) {
    if (path.empty())
        return work();
    auto [own_end, child_end] = Channel::make_pair();
    Process child = Process::clone(0, -1);
    if (child.pid() == 0)
        work_in(path, child_end, work);
    child_end.close();
    const auto message = receive_message(own_end);
    child.wait();
    if (!message)
        throw Error("the process in the mount namespace " + path + " ended without an answer");
    if (message->type == MessageType::error)
        throw decode_failure(message->text).error;
    return message->text;
}

std::string attach(const std::string& path) {
    const UniqueFd directory = open_root_directory(path);
    DetachedMount root = DetachedMount::copy(directory.get(), true);
    // whatever is mounted below it is nobody else's
    root.set({.propagation = MS_PRIVATE}, true);
    root.attach(directory.get(), path);
    return std::to_string(mount_id(root.fd(), path));
}

}  // namespace

SharedRoot attach_shared_root(const InitPlan& plan) {
    SharedRoot root;
    root.path = plan.root;
    for (const auto& joined : plan.joined_namespaces)
        if (joined.type == CLONE_NEWNS)
            root.mount_namespace = joined.path;
    root.mount_id = std::stoull(in_mount_namespace(root.mount_namespace, [&] { return attach(root.path); }));
    return root;
}

void detach_shared_root(const SharedRoot& root, const std::vector<std::string>& made) {
    if (root.mount_id == 0)
        return;
    in_mount_namespace(root.mount_namespace, [&]() -> std::string {
        if (mount_id(open_root_directory(root.path).get(), root.path) == root.mount_id &&
            ::umount2(root.path.c_str(), MNT_DETACH) < 0)
            throw Error::last("unmount the container's root filesystem", root.path);
        remove_made(open_root_directory(root.path).get(), made);
        return "";
    });
}

}  // namespace ocikit::run
