#include "kernel/channel.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

#include <ocikit/error.hpp>

namespace ocikit::run {

namespace {

union ControlBuffer {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
};

}  // namespace

std::pair<Channel, Channel> Channel::make_pair() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
        throw Error::last("make a pair of sockets", "socketpair");
    return {Channel(UniqueFd(fds[0])), Channel(UniqueFd(fds[1]))};
}

void Channel::send(std::string_view message, int descriptor) const {
    message = message.substr(0, largest_message);
    struct iovec part {
        const_cast<char*>(message.data()), message.size()
    };
    struct msghdr header {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    ControlBuffer control{};
    if (descriptor >= 0) {
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof control.bytes;
        struct cmsghdr* const c = CMSG_FIRSTHDR(&header);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(c), &descriptor, sizeof descriptor);
    }
    ssize_t n;
    do {
        n = ::sendmsg(fd_.get(), &header, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        throw Error::last("send to the container's process", "socket");
}

std::optional<Channel::Message> Channel::receive() const {
    Message message;
    message.text.resize(largest_message);
    struct iovec part {
        message.text.data(), message.text.size()
    };
    ControlBuffer control{};
    struct msghdr header {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;
    ssize_t n;
    do {
        n = ::recvmsg(fd_.get(), &header, MSG_CMSG_CLOEXEC);
        // ECONNRESET comes once, before what is still to be read, if the other end has
        // closed without reading all of its own
    } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    if (n < 0)
        throw Error::last("receive from the container's process", "socket");
    if (n <= 0)
        return std::nullopt;
    message.text.resize(static_cast<std::size_t>(n));
    for (struct cmsghdr* c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
            c->cmsg_len == CMSG_LEN(sizeof(int))) {
            int fd;
            std::memcpy(&fd, CMSG_DATA(c), sizeof fd);
            message.descriptor.reset(fd);
        }
    }
    return message;
}

}  // namespace ocikit::run
