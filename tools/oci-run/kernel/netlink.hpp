// Network devices and their addresses, by rtnetlink(7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ocikit/unique_fd.hpp>

namespace ocikit::run {

struct NetAddress {
    std::uint8_t family = 0, prefix_length = 0;
    std::uint32_t flags = 0;                                        // IFA_F_…
    std::vector<std::pair<std::uint16_t, std::string>> attributes;  // IFA_…, as they came
};

// A socket of a network namespace: the one in which it was made, whoever holds it. Keeps
// the namespace alive.
class Netlink {
  public:
    Netlink() = default;
    // One of the namespace that this process is in.
    static Netlink open();
    explicit Netlink(UniqueFd fd) : fd_(std::move(fd)) {}

    int fd() const { return fd_.get(); }

    struct Link {
        int index = 0;
        std::string name;
        bool up = false;
        int master = 0;  // index of the bridge or the like that it belongs to
    };
    // Nothing if there is none of this name; throws Error for all else that fails, as all do.
    std::optional<Link> find(const std::string& name) const;
    std::optional<Link> find(int index) const;
    // Moves a device to another namespace; new_name "": as it is called.
    void move(int index, int net_namespace, const std::string& new_name) const;
    void rename(int index, const std::string& name) const;
    void set_up(int index) const;
    void set_master(int index, int master) const;
    // Those that are permanent and of global scope.
    std::vector<NetAddress> lasting_addresses(int index) const;
    void add_address(int index, const NetAddress& address) const;
    // A descriptor of its namespace.
    UniqueFd net_namespace() const;

  private:
    UniqueFd fd_;
};

}  // namespace ocikit::run
