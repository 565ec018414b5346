// Device nodes of the host.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ocikit/config.hpp>

namespace ocikit::gen {

struct HostDevice {
    std::string type;  // c or b
    std::int64_t major = 0;
    std::int64_t minor = 0;
    std::uint32_t mode = 0;  // permissions only
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

// The node that path names, or a symbolic link of it. Throws Error if it can't be looked
// at, and cli::UsageError, which names the option, if it is no device.
HostDevice host_device(std::string_view option, const std::string& path);

struct NamedDevice {
    std::string path;  // below the folder that was listed
    HostDevice device;
};

// All nodes below a folder, by name. Other things, links among them, are left out.
std::vector<NamedDevice> host_devices(const std::string& folder);

// As config.json has a node.
spec::Device node(const HostDevice& device, const std::string& path);

}  // namespace ocikit::gen
