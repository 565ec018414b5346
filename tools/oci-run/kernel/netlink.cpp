#include "kernel/netlink.hpp"

#include <cerrno>
#include <cstring>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ocikit/error.hpp>

namespace ocikit::run {

namespace {

std::string_view bytes_of(const void* data, std::size_t size) {
    return {static_cast<const char*>(data), size};
}

template <class T>
std::string_view bytes_of(const T& value) {
    return bytes_of(&value, sizeof value);
}

// A message: its header, the fixed part of its type, attributes.
class Request {
  public:
    template <class Fixed>
    Request(std::uint16_t type, std::uint16_t flags, const Fixed& fixed) {
        struct nlmsghdr header {};
        header.nlmsg_type = type;
        header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
        append(bytes_of(header));
        append(bytes_of(fixed));
    }

    Request& add(std::uint16_t type, std::string_view value) {
        const struct rtattr attribute { static_cast<std::uint16_t>(RTA_LENGTH(value.size())), type };
        append(bytes_of(attribute));
        append(value);
        return *this;
    }
    Request& add_name(std::uint16_t type, const std::string& name) {
        return add(type, bytes_of(name.c_str(), name.size() + 1));
    }

    std::string finish() {
        const auto length = static_cast<std::uint32_t>(bytes_.size());
        std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
        return std::move(bytes_);
    }

  private:
    void append(std::string_view part) {
        bytes_ += part;
        bytes_.resize(NLMSG_ALIGN(bytes_.size()));
    }
    std::string bytes_;
};

// Calls take(type, body) for each message of the answer; the result is its end's errno. The
// request asks for an end: NLM_F_ACK or NLM_F_DUMP.
template <class Take>
int exchange(int fd, const std::string& request, Take take) {
    if (::send(fd, request.data(), request.size(), 0) < 0)
        return errno;
    for (;;) {
        alignas(nlmsghdr) char buffer[32768];
        const ssize_t received = ::recv(fd, buffer, sizeof buffer, 0);
        if (received < 0 && errno == EINTR)
            continue;
        if (received < 0)
            return errno;
        auto length = static_cast<unsigned>(received);
        for (auto* header = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(header, length);
             header = NLMSG_NEXT(header, length)) {
            if (header->nlmsg_type == NLMSG_ERROR)
                return -static_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
            if (header->nlmsg_type == NLMSG_DONE)
                return 0;
            take(header->nlmsg_type, bytes_of(NLMSG_DATA(header), NLMSG_PAYLOAD(header, 0)));
        }
    }
}

// Calls take(type, value) for each attribute behind the fixed part.
template <class Fixed, class Take>
void each_attribute(std::string_view body, Take take) {
    body.remove_prefix(std::min(body.size(), std::size_t{NLMSG_ALIGN(sizeof(Fixed))}));
    auto length = static_cast<unsigned>(body.size());
    for (auto* attribute = reinterpret_cast<const rtattr*>(body.data()); RTA_OK(attribute, length);
         attribute = RTA_NEXT(attribute, length))
        take(attribute->rta_type, bytes_of(RTA_DATA(attribute), RTA_PAYLOAD(attribute)));
}

template <class T>
T value_as(std::string_view bytes) {
    T value{};
    std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
    return value;
}

struct ifinfomsg link_of(int index) {
    struct ifinfomsg fixed {};
    fixed.ifi_family = AF_UNSPEC;
    fixed.ifi_index = index;
    return fixed;
}

void tell(int fd, Request& request, const char* operation) {
    if (const int code = exchange(fd, request.finish(), [](auto, auto) {}))
        throw Error(Error::Parts{.operation = operation, .code = code});
}

std::optional<Netlink::Link> find_link(int fd, Request& request) {
    std::optional<Netlink::Link> link;
    const int code = exchange(fd, request.finish(), [&](std::uint16_t type, std::string_view body) {
        if (type != RTM_NEWLINK)
            return;
        const auto fixed = value_as<ifinfomsg>(body);
        link = Netlink::Link{fixed.ifi_index, "", (fixed.ifi_flags & IFF_UP) != 0, 0};
        each_attribute<ifinfomsg>(body, [&](std::uint16_t attribute, std::string_view value) {
            if (attribute == IFLA_IFNAME)
                link->name = value.substr(0, value.find('\0'));
            else if (attribute == IFLA_MASTER)
                link->master = value_as<int>(value);
        });
    });
    if (code != 0 && code != ENODEV)
        throw Error(Error::Parts{.operation = "look for the network device", .code = code});
    return link;
}

}  // namespace

Netlink Netlink::open() {
    UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    const int on = 1;
    // a dump sees only what is asked for
    if (!fd || ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on) < 0)
        throw Error::last("open a socket for network devices", "netlink");
    return Netlink(std::move(fd));
}

std::optional<Netlink::Link> Netlink::find(const std::string& name) const {
    Request request(RTM_GETLINK, NLM_F_ACK, link_of(0));
    return find_link(fd_.get(), request.add_name(IFLA_IFNAME, name));
}

std::optional<Netlink::Link> Netlink::find(int index) const {
    Request request(RTM_GETLINK, NLM_F_ACK, link_of(index));
    return find_link(fd_.get(), request);
}

void Netlink::move(int index, int net_namespace, const std::string& new_name) const {
    Request request(RTM_SETLINK, NLM_F_ACK, link_of(index));
    request.add(IFLA_NET_NS_FD, bytes_of(net_namespace));
    if (!new_name.empty())
        request.add_name(IFLA_IFNAME, new_name);
    tell(fd_.get(), request, "move to the other network namespace");
}

void Netlink::rename(int index, const std::string& name) const {
    Request request(RTM_SETLINK, NLM_F_ACK, link_of(index));
    tell(fd_.get(), request.add_name(IFLA_IFNAME, name), "rename");
}

void Netlink::set_up(int index) const {
    struct ifinfomsg fixed = link_of(index);
    fixed.ifi_flags = fixed.ifi_change = IFF_UP;
    Request request(RTM_SETLINK, NLM_F_ACK, fixed);
    tell(fd_.get(), request, "bring up");
}

void Netlink::set_master(int index, int master) const {
    Request request(RTM_SETLINK, NLM_F_ACK, link_of(index));
    tell(fd_.get(), request.add(IFLA_MASTER, bytes_of(master)), "give back to its master");
}

std::vector<NetAddress> Netlink::lasting_addresses(int index) const {
    struct ifaddrmsg fixed {};
    fixed.ifa_family = AF_UNSPEC;
    fixed.ifa_index = static_cast<unsigned>(index);
    Request request(RTM_GETADDR, NLM_F_DUMP, fixed);
    std::vector<NetAddress> addresses;
    const int code = exchange(fd_.get(), request.finish(), [&](std::uint16_t type, std::string_view body) {
        const auto found = value_as<ifaddrmsg>(body);
        if (type != RTM_NEWADDR || found.ifa_index != static_cast<unsigned>(index) ||
            found.ifa_scope != RT_SCOPE_UNIVERSE)
            return;
        NetAddress address{found.ifa_family, found.ifa_prefixlen, found.ifa_flags, {}};
        each_attribute<ifaddrmsg>(body, [&](std::uint16_t attribute, std::string_view value) {
            if (attribute == IFA_FLAGS)
                address.flags = value_as<std::uint32_t>(value);
            // a label begins with the device's name, and that may change
            else if (attribute == IFA_LOCAL || attribute == IFA_ADDRESS || attribute == IFA_BROADCAST ||
                     attribute == IFA_RT_PRIORITY)
                address.attributes.emplace_back(attribute, value);
        });
        if (address.flags & IFA_F_PERMANENT)
            addresses.push_back(std::move(address));
    });
    if (code != 0)
        throw Error(Error::Parts{.operation = "read the addresses", .code = code});
    return addresses;
}

void Netlink::add_address(int index, const NetAddress& address) const {
    struct ifaddrmsg fixed {};
    fixed.ifa_family = address.family;
    fixed.ifa_prefixlen = address.prefix_length;
    fixed.ifa_scope = RT_SCOPE_UNIVERSE;
    fixed.ifa_index = static_cast<unsigned>(index);
    Request request(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, fixed);
    for (const auto& [type, value] : address.attributes)
        request.add(type, value);
    // those that are asked for, not those that the kernel reports
    constexpr std::uint32_t wishes =
        IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;
    const std::uint32_t flags = address.flags & wishes;
    request.add(IFA_FLAGS, bytes_of(flags));
    tell(fd_.get(), request, "add an address");
}

UniqueFd Netlink::net_namespace() const {
    UniqueFd fd(::ioctl(fd_.get(), SIOCGSKNS));
    if (!fd)
        throw Error::last("find the network namespace", "netlink");
    return fd;
}

}  // namespace ocikit::run
