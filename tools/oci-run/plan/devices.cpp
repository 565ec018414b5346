#include <set>
#include <sys/stat.h>

#include "plan/make_plan.hpp"
#include "plan/refusal.hpp"

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

mode_t node_type(const spec::Device& device, const std::string& pointer) {
    if (device.type == "c" || device.type == "u")
        return S_IFCHR;
    if (device.type == "b")
        return S_IFBLK;
    if (device.type == "p")
        return S_IFIFO;
    refuse(pointer + "/type", "\"" + device.type + "\" is not one of c, b, u, p");
}

unsigned device_number(const std::optional<std::int64_t>& number, const std::string& pointer) {
    if (!number)
        refuse(pointer, "missing; a device node needs both numbers");
    if (*number < 0 || *number > 0xfffff)
        refuse(pointer, std::to_string(*number) + " is no device number");
    return static_cast<unsigned>(*number);
}

DeviceNode plan_device(const spec::Device& device, const std::string& pointer) {
    DeviceNode node;
    if (!device.path.starts_with('/'))
        refuse(pointer + "/path", "\"" + device.path + "\" is not absolute");
    node.path = device.path;
    while (node.path.ends_with('/'))
        node.path.pop_back();
    const std::string leaf = node.path.substr(node.path.rfind('/') + 1);
    if (leaf.empty() || leaf == "." || leaf == "..")
        refuse(pointer + "/path", "\"" + device.path + "\" is not the path of a file");
    node.type = node_type(device, pointer);
    if (node.type != S_IFIFO) {
        node.major = device_number(device.major, pointer + "/major");
        node.minor = device_number(device.minor, pointer + "/minor");
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
    for (std::size_t i = 0; i < devices.size(); ++i) {
        const std::string pointer = "/linux/devices/" + std::to_string(i);
        nodes.push_back(plan_device(devices[i], pointer));
        if (!paths.insert(nodes.back().path).second)
            refuse(pointer + "/path", "\"" + nodes.back().path + "\" is there twice");
    }
    for (const auto& node : default_devices())
        if (!paths.contains(node.path))
            nodes.push_back(node);
    return nodes;
}

}  // namespace ocikit::run
