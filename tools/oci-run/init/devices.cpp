#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"

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

bool is_same_node(int parent, const std::string& leaf, const DeviceNode& node) {
    struct stat st;
    if (::fstatat(parent, leaf.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    return (st.st_mode & S_IFMT) == node.type &&
           (node.type == S_IFIFO || st.st_rdev == makedev(node.major, node.minor));
}

// parent: the verified directory that the node is made in, by descriptor (CVE-2026-41579).
void make_node(const DeviceNode& node, int parent, const std::string& leaf) {
    const dev_t number = node.type == S_IFIFO ? 0 : makedev(node.major, node.minor);
    if (::mknodat(parent, leaf.c_str(), node.type | node.mode, number) < 0) {
        if (errno != EEXIST)
            throw Error::last("make the device node", node.path);
        if (!is_same_node(parent, leaf, node))
            throw Error({.operation = "make the device node",
                         .object = node.path,
                         .reason = "a file of another kind is there"});
        return;
    }
    if ((node.uid != 0 || node.gid != 0) &&
        ::fchownat(parent, leaf.c_str(), node.uid, node.gid, AT_SYMLINK_NOFOLLOW) < 0)
        throw Error::last("set the owner of the device node", node.path);
}

}  // namespace

void make_devices(const InitPlan& plan, RootPath& root) {
    if (!plan.make_devices)
        return;
    ::umask(0);
    std::string open_directory;
    UniqueFd parent;
    for (const auto& node : plan.devices) {
        const auto slash = node.path.rfind('/');
        const std::string directory = node.path.substr(0, slash);
        if (!parent || directory != open_directory) {
            parent = root.make_directory(directory);
            open_directory = directory;
        }
        make_node(node, parent.get(), node.path.substr(slash + 1));
    }
    if (open_directory != "/dev")
        parent = root.make_directory("/dev");
    for (const auto& link : links)
        if (::symlinkat(link.target, parent.get(), link.name) < 0 && errno != EEXIST)
            throw Error::last("make the link", std::string("/dev/") + link.name);
}

}  // namespace ocikit::run
