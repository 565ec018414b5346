// Which devices a container may use: linux.resources.devices in the order of the
// spec, on top of what every container has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ocikit/linux.hpp>

namespace ocikit::run {

struct DeviceAccess {
    static constexpr unsigned mknod = 1, read = 2, write = 4;  // as BPF_DEVCG_ACC_…

    bool allow = false;
    char type = 'a';          // a (all), b, c
    std::int64_t major = -1;  // -1: any
    std::int64_t minor = -1;
    unsigned access = mknod | read | write;
};

// The rules to apply, in order; a later one wins. They begin with a deny of everything,
// then allow the default devices (config-linux.md#default-devices) and making nodes. The
// configuration's come after these, or before if all of them allow; one that denies
// everything starts anew, so that the default devices can be denied one by one only.
// Throws Error for a type or an access that doesn't exist.
std::vector<DeviceAccess> device_rules(const std::vector<spec::DeviceRule>& rules);

// A rule as the v1 files devices.allow and devices.deny take it: "c 1:3 rwm".
std::string device_rule_text(const DeviceAccess& rule);

}  // namespace ocikit::run
