#include "net_devices.hpp"

#include <cerrno>
#include <sys/stat.h>

#include <ocikit/document.hpp>
#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

bool same_namespace(const UniqueFd& one, const UniqueFd& other) {
    struct stat first, second;
    return ::fstat(one.get(), &first) == 0 && ::fstat(other.get(), &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

std::string pointer_of(const NetDeviceStep& step) {
    return pointer_append("/linux/netDevices", step.host_name);
}

std::string move_hint(int code) {
    if (code == EPERM)
        return "moving a network device needs CAP_NET_ADMIN in both network namespaces";
    if (code == EINVAL)
        return "some devices, such as the loopback one and bridges, stay in their namespace";
    return "";
}

}  // namespace

void MovedDevices::move(const std::vector<NetDeviceStep>& steps, Netlink container) {
    host_ = Netlink::open();
    container_ = std::move(container);
    if (same_namespace(host_.net_namespace(), container_.net_namespace()))
        refuse("/linux/netDevices", "the container's network namespace is the one that oci-run is in");
    // all that can be known before anything is changed
    for (const auto& step : steps) {
        if (!host_.find(step.host_name))
            refuse(pointer_of(step), "there is no network device " + ocikit::quoted(step.host_name));
        if (!step.is_template && container_.find(step.name))
            refuse(pointer_of(step),
                   "the container's network namespace has a device " + ocikit::quoted(step.name) + " already",
                   "a name such as \"eth%d\" lets the kernel choose a number");
    }
    for (const auto& step : steps)
        move_one(step);
}

void MovedDevices::move_one(const NetDeviceStep& step) {
    try {
        Moved moved{step.host_name, host_.find(step.host_name).value_or(Netlink::Link{}), {}, 0};
        moved.addresses = host_.lasting_addresses(moved.link.index);
        // its own name if that is free there, so that nothing but the move can fail
        const std::string arrival =
            container_.find(step.host_name) ? "oci-move" + std::to_string(moved.link.index) : step.host_name;
        host_.move(moved.link.index, container_.net_namespace().get(),
                   arrival == step.host_name ? "" : arrival);
        moved.index = container_.find(arrival).value_or(Netlink::Link{}).index;
        moved_.push_back(std::move(moved));
        if (arrival != step.name)
            container_.rename(moved_.back().index, step.name);
        for (const auto& address : moved_.back().addresses)
            container_.add_address(moved_.back().index, address);
        container_.set_up(moved_.back().index);
    } catch (const Error& error) {
        throw Error(error.within("config.json: " + pointer_of(step)).what(), move_hint(error.code()));
    }
}

void MovedDevices::restore() noexcept {
    for (; !moved_.empty(); moved_.pop_back()) {
        try {
            restore_one(moved_.back());
        } catch (const Error&) {
            // there is an error to be told already, and the next device to be brought back
        }
    }
}

void MovedDevices::restore_one(const Moved& moved) const {
    container_.move(moved.index, host_.net_namespace().get(), moved.host_name);
    const auto link = host_.find(moved.host_name);
    if (!link)
        return;
    for (const auto& address : moved.addresses)
        host_.add_address(link->index, address);
    if (moved.link.master != 0)
        host_.set_master(link->index, moved.link.master);
    if (moved.link.up)
        host_.set_up(link->index);
}

}  // namespace ocikit::run
