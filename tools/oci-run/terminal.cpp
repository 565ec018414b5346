#include "terminal.hpp"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <ocikit/error.hpp>

namespace ocikit::run {

namespace {

constexpr std::size_t chunk = 16384;
constexpr char end_of_file = 4;  // ^D, as a person at a terminal ends the input

std::optional<struct winsize> callers_size() {
    struct winsize size {};
    if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0 || (size.ws_row == 0 && size.ws_col == 0))
        return std::nullopt;
    return size;
}

}  // namespace

void take_callers_size(ProcessPlan& process) {
    if (const auto size = callers_size()) {
        process.rows = size->ws_row;
        process.columns = size->ws_col;
    }
}

Terminal::Terminal(UniqueFd master) : master_(std::move(master)) {
    ::fcntl(master_.get(), F_SETFL, O_NONBLOCK);
    struct termios modes {};
    if (::tcgetattr(STDIN_FILENO, &modes) == 0) {
        saved_ = modes;
        ::cfmakeraw(&modes);
        ::tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    }
}

Terminal::~Terminal() {
    if (saved_)
        ::tcsetattr(STDIN_FILENO, TCSANOW, &*saved_);
}

void Terminal::copy_size() {
    if (const auto size = callers_size())
        ::ioctl(master_.get(), TIOCSWINSZ, &*size);
}

void Terminal::read_input() {
    char buffer[chunk];
    const ssize_t n = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (n > 0) {
        pending_.append(buffer, static_cast<std::size_t>(n));
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        input_open_ = false;
        pending_ += end_of_file;
    }
}

// False when there is no more: every slave is closed (EIO), or nothing is there now.
bool Terminal::copy_output() {
    char buffer[chunk];
    const ssize_t n = ::read(master_.get(), buffer, sizeof buffer);
    if (n <= 0) {
        output_open_ = n < 0 && (errno == EAGAIN || errno == EINTR);
        return false;
    }
    for (ssize_t done = 0; done < n;) {
        const ssize_t written = ::write(STDOUT_FILENO, buffer + done, static_cast<std::size_t>(n - done));
        if (written < 0 && errno == EAGAIN) {
            struct pollfd ready {
                STDOUT_FILENO, POLLOUT, 0
            };
            ::poll(&ready, 1, -1);
        } else if (written < 0 && errno != EINTR) {
            return true;  // nobody reads it any more; the container goes on
        } else if (written > 0) {
            done += written;
        }
    }
    return true;
}

bool Terminal::relay_until(int fd) {
    struct pollfd fds[3] = {{fd, POLLIN, 0},
                            {output_open_ ? master_.get() : -1, POLLIN, 0},
                            {input_open_ && pending_.size() < chunk ? STDIN_FILENO : -1, POLLIN, 0}};
    if (!pending_.empty())
        fds[1].events |= POLLOUT;
    if (::poll(fds, 3, -1) < 0) {
        if (errno == EINTR)
            return false;
        throw Error::last("wait for input", "poll");
    }
    if (fds[1].revents & (POLLIN | POLLHUP | POLLERR))
        copy_output();
    if (fds[2].revents != 0)
        read_input();
    if (!pending_.empty() && fds[1].revents & POLLOUT) {
        const ssize_t n = ::write(master_.get(), pending_.data(), pending_.size());
        if (n > 0)
            pending_.erase(0, static_cast<std::size_t>(n));
    }
    return fds[0].revents != 0;
}

void Terminal::drain() {
    while (copy_output()) {
    }
}

}  // namespace ocikit::run
