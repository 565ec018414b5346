#include <cerrno>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"
#include "kernel/mount.hpp"

namespace ocikit::run {

namespace {

struct Link {
    const char* name;
    const char* target;
};
// runtime-linux.md#dev-symbolic-links, and the ptmx of config-linux.md#default-devices
constexpr Link links[] = {
    {"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"},
};
// Runtimes have it too, where the kernel has the file.
constexpr Link core_link{"core", "/proc/kcore"};

bool is_node(const struct stat& st, const DeviceNode& node) {
    return (st.st_mode & S_IFMT) == node.type &&
           (node.type == S_IFIFO || st.st_rdev == makedev(node.major, node.minor));
}

// The same device of the host, by its numbers: what its path leads to may be anything.
UniqueFd open_hosts_node(const DeviceNode& node) {
    UniqueFd fd(::open(node.path.c_str(), O_PATH | O_CLOEXEC));
    struct stat st;
    if (!fd || ::fstat(fd.get(), &st) < 0 || !is_node(st, node))
        throw Error({.operation = "make the device node",
                     .object = node.path,
                     .code = EPERM,
                     .hint = "making nodes isn't allowed here, and the host has no such device at this path "
                             "which could be bound"});
    return fd;
}

void mount_node(DetachedMount mount, const DeviceNode& node, RootPath& root) {
    const UniqueFd target = root.make_file(node.path);
    mount.set({.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, .propagation = MS_PRIVATE}, false);
    mount.attach(target.get(), node.path);
}

// Where mknod(2) is denied, in a user namespace or a container.
void bind_node(const DeviceNode& node, RootPath& root) {
    const UniqueFd source = open_hosts_node(node);
    mount_node(DetachedMount::copy(source.get(), false), node, root);
}

bool can_make_nodes(int parent) {
    constexpr const char* trial = ".oci-run-node";
    if (::mknodat(parent, trial, S_IFCHR, makedev(1, 3)) < 0)
        return errno != EPERM;
    ::unlinkat(parent, trial, 0);
    return true;
}

// What is there is left alone if it is the device (config-linux.md#devices). An empty file may
// be what an earlier container's device was bound to.
void use_existing(const DeviceNode& node, int parent, const std::string& leaf, RootPath& root) {
    struct stat st;
    if (::fstatat(parent, leaf.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0)
        throw Error::last("make the device node", node.path);
    if (is_node(st, node))
        return;
    if (S_ISREG(st.st_mode) && st.st_size == 0 && node.type != S_IFIFO && !can_make_nodes(parent))
        return bind_node(node, root);
    throw Error({.operation = "make the device node",
                 .object = node.path,
                 .reason = "a file of another kind is there"});
}

// One that the command has made. An empty file may be what an earlier container's was mounted onto.
void put_node(const UniqueFd& made, const DeviceNode& node, int parent, const std::string& leaf,
              RootPath& root) {
    struct stat st;
    if (::fstatat(parent, leaf.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        (!S_ISREG(st.st_mode) || st.st_size != 0))
        return use_existing(node, parent, leaf, root);
    UniqueFd mount(::fcntl(made.get(), F_DUPFD_CLOEXEC, 3));
    if (!mount)
        throw Error::last("mount the device node", node.path);
    mount_node(DetachedMount::take(std::move(mount)), node, root);
}

// parent: the verified directory that the node is made in, by descriptor (CVE-2026-41579).
void make_node(const DeviceNode& node, int parent, const std::string& leaf, RootPath& root) {
    const dev_t number = node.type == S_IFIFO ? 0 : makedev(node.major, node.minor);
    if (::mknodat(parent, leaf.c_str(), node.type | node.mode, number) < 0) {
        if (errno == EEXIST)
            return use_existing(node, parent, leaf, root);
        if (errno == EPERM && node.type != S_IFIFO)
            return bind_node(node, root);
        throw Error::last("make the device node", node.path);
    }
    root.add_made_node(parent, node.path);
    if ((node.uid != 0 || node.gid != 0) &&
        ::fchownat(parent, leaf.c_str(), node.uid, node.gid, AT_SYMLINK_NOFOLLOW) < 0)
        throw Error::last("set the owner of the device node", node.path);
}

void make_link(const Link& link, int parent, RootPath& root) {
    const std::string path = std::string("/dev/") + link.name;
    if (::symlinkat(link.target, parent, link.name) == 0)
        root.add_made_node(parent, path);
    else if (errno != EEXIST)
        throw Error::last("make the link", path);
}

void make_links(int parent, RootPath& root) {
    for (const auto& link : links)
        make_link(link, parent, root);
    if (::access(core_link.target, F_OK) == 0)
        make_link(core_link, parent, root);
}

}  // namespace

void make_devices(const InitPlan& plan, const Sources& sources, RootPath& root) {
    if (!plan.make_devices)
        return;
    ::umask(0);
    std::string open_directory;
    UniqueFd parent;
    for (std::size_t i = 0; i < plan.devices.size(); ++i) {
        const DeviceNode& node = plan.devices[i];
        const auto slash = node.path.rfind('/');
        const std::string directory = node.path.substr(0, slash);
        if (!parent || directory != open_directory) {
            parent = root.make_directory(directory);
            open_directory = directory;
        }
        const std::string leaf = node.path.substr(slash + 1);
        if (const auto made = sources.nodes.find(i); made != sources.nodes.end())
            put_node(made->second, node, parent.get(), leaf, root);
        else
            make_node(node, parent.get(), leaf, root);
    }
    if (open_directory != "/dev")
        parent = root.make_directory("/dev");
    make_links(parent.get(), root);
}

}  // namespace ocikit::run
