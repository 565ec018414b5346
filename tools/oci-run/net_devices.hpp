// Network devices of the host that a container gets (config-linux.md#network-devices).
#pragma once

#include <vector>

#include "kernel/netlink.hpp"
#include "plan/init_plan.hpp"

namespace ocikit::run {

// Those that were moved; they go back, as they were, unless kept.
class MovedDevices {
  public:
    MovedDevices() = default;
    MovedDevices(const MovedDevices&) = delete;
    MovedDevices& operator=(const MovedDevices&) = delete;
    ~MovedDevices() { restore(); }

    // container: a socket of the container's network namespace. Throws Error, with the
    // pointer, for a device that can't be moved.
    void move(const std::vector<NetDeviceStep>& steps, Netlink container);
    void keep() { moved_.clear(); }
    void restore() noexcept;

  private:
    struct Moved {
        std::string host_name;
        Netlink::Link link;  // as it was
        std::vector<NetAddress> addresses;
        int index = 0;  // in the container
    };
    void move_one(const NetDeviceStep& step);
    void restore_one(const Moved& moved) const;

    Netlink host_;
    Netlink container_;
    std::vector<Moved> moved_;
};

}  // namespace ocikit::run
