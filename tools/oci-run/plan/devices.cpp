#include <set>
#include <sys/stat.h>

#include "plan/make_plan.hpp"

namespace ocikit::run {

namespace {

// config-linux.md#default-devices; console and ptmx are made with the terminal and /dev/pts.
const std::vector<DeviceNode>& default_devices() {
    static const std::vector<DeviceNode> devices{
        {"/dev/null", S_IFCHR, 1, 3},   {"/dev/zero", S_IFCHR, 1, 5},    {"/dev/full", S_IFCHR, 1, 7},
        {"/dev/random", S_IFCHR, 1, 8}, {"/dev/urandom", S_IFCHR, 1, 9}, {"/dev/tty", S_IFCHR, 5, 0},
    };
    return devices;
}

mode_t node_type(const spec::Device& device) {
    if (device.type == "c" || device.type == "u")
        return S_IFCHR;
    if (device.type == "b")
        return S_IFBLK;
    return S_IFIFO;
}

DeviceNode plan_device(const spec::Device& device) {
    DeviceNode node;
    node.path = device.path;
    while (node.path.ends_with('/'))
        node.path.pop_back();
    node.type = node_type(device);
    if (node.type != S_IFIFO) {
        node.major = static_cast<unsigned>(device.major.value());
        node.minor = static_cast<unsigned>(device.minor.value());
    }
    node.mode = device.fileMode.value_or(0666) & 07777;
    node.uid = device.uid.value_or(0);
    node.gid = device.gid.value_or(0);
    node.configured = true;
    return node;
}

}  // namespace

std::vector<DeviceNode> plan_devices(const std::vector<spec::Device>& devices) {
    std::vector<DeviceNode> nodes;
    std::set<std::string> paths;
    for (const auto& device : devices) {
        nodes.push_back(plan_device(device));
        paths.insert(nodes.back().path);
    }
    for (const auto& node : default_devices())
        if (!paths.contains(node.path))
            nodes.push_back(node);
    return nodes;
}

}  // namespace ocikit::run
