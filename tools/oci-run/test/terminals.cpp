#include "terminals.hpp"

#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "containers.hpp"

namespace ocikit::run::test {

std::string read_until(int master, const std::string& words) {
    std::string text;
    struct pollfd ready {
        master, POLLIN, 0
    };
    while (!has(text, words) && ::poll(&ready, 1, 10000) > 0) {
        char buffer[4096];
        const ssize_t n = ::read(master, buffer, sizeof buffer);
        if (n <= 0)
            break;
        text.append(buffer, static_cast<std::size_t>(n));
    }
    return text;
}

Terminal::Terminal(unsigned short rows, unsigned short columns) {
    const struct winsize size { rows, columns, 0, 0 };
    int ends[2];
    if (::openpty(&ends[0], &ends[1], nullptr, nullptr, &size) == 0) {
        master = UniqueFd(ends[0]);
        slave = UniqueFd(ends[1]);
        ::fcntl(master.get(), F_SETFD, FD_CLOEXEC);
        ::fcntl(slave.get(), F_SETFD, FD_CLOEXEC);
    }
}

ChildOptions Terminal::options() const {
    return {.input = "/dev/null", .before_exec = [fd = slave.get()] {
                ::setsid();
                ::ioctl(fd, TIOCSCTTY, 0);
                for (int standard = 0; standard <= 2; ++standard)
                    ::dup2(fd, standard);
            }};
}

void Terminal::type(const std::string& text) const {
    BOOST_TEST(::write(master.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

ConsoleSocket::ConsoleSocket(const std::string& path) : fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    struct sockaddr_un address {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    BOOST_TEST(::bind(fd.get(), reinterpret_cast<const struct sockaddr*>(&address), sizeof address) == 0);
    BOOST_TEST(::listen(fd.get(), 1) == 0);
}

std::optional<Channel::Message> ConsoleSocket::receive() const {
    return Channel(UniqueFd(::accept4(fd.get(), nullptr, nullptr, SOCK_CLOEXEC))).receive();
}

}  // namespace ocikit::run::test
