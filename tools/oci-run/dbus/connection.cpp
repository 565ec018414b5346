#include "dbus/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <ocikit/error.hpp>

namespace ocikit::run::dbus {

namespace {

constexpr int answer_ms = 25000;

long now_ms() {
    struct timespec time {};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// Values of addresses have odd bytes as %XX.
std::string unescaped(const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            result += static_cast<char>(std::strtoul(text.substr(i + 1, 2).c_str(), nullptr, 16));
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

// The socket's name that `unix:path=…` or `unix:abstract=…` stands for, the latter with a
// zero byte first; "" for addresses of other kinds.
std::string socket_name(const std::string& address) {
    if (!address.starts_with("unix:"))
        return "";
    for (std::size_t at = 5; at < address.size();) {
        const std::string part = address.substr(at, address.find(',', at) - at);
        at += part.size() + 1;
        if (part.starts_with("path="))
            return unescaped(part.substr(5));
        if (part.starts_with("abstract="))
            return '\0' + unescaped(part.substr(9));
    }
    return "";
}

UniqueFd connect_to(const std::string& address) {
    const std::string name = socket_name(address);
    struct sockaddr_un where {};
    where.sun_family = AF_UNIX;
    if (name.empty() || name.size() >= sizeof where.sun_path)
        throw Error({.operation = "connect to the message bus",
                     .object = address,
                     .reason = "not an address of a local socket that can be used"});
    std::memcpy(where.sun_path, name.data(), name.size());
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto size = static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + name.size());
    if (!fd || ::connect(fd.get(), reinterpret_cast<const struct sockaddr*>(&where), size) < 0)
        throw Error::last("connect to the message bus", address);
    return fd;
}

}  // namespace

Connection Connection::open(const std::string& addresses) {
    for (std::size_t at = 0;;) {
        const auto end = addresses.find(';', at);
        try {
            Connection connection(connect_to(addresses.substr(at, end - at)));
            connection.authenticate();
            expect_result(connection.call({.path = "/org/freedesktop/DBus",
                                           .interface = "org.freedesktop.DBus",
                                           .member = "Hello",
                                           .destination = "org.freedesktop.DBus",
                                           .error_name = {},
                                           .body = {}}),
                          "greet the message bus");
            return connection;
        } catch (const Error&) {
            if (end == std::string::npos || end + 1 == addresses.size())
                throw;
        }
        at = end + 1;
    }
}

void Connection::authenticate() {
    // Without a name: the bus takes who we are from the socket, also across user namespaces.
    constexpr char words[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
    send(std::string(words, sizeof words - 1));
    const long deadline = now_ms() + answer_ms;
    for (int lines = 0; lines < 2;) {
        const auto end = received_.find("\r\n");
        if (end == std::string::npos) {
            if (!receive_bytes(deadline))
                throw Error("the message bus doesn't answer");
            continue;
        }
        const std::string line = received_.substr(0, end);
        received_.erase(0, end + 2);
        if (!line.starts_with(lines == 0 ? "DATA" : "OK"))
            throw Error("the message bus doesn't let us in: " + line);
        ++lines;
    }
}

void Connection::send(const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
        const ssize_t count = ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR)
            throw Error::last("send a message", "message bus");
        if (count > 0)
            sent += static_cast<std::size_t>(count);
    }
}

bool Connection::receive_bytes(long deadline) {
    const long left = deadline - now_ms();
    struct pollfd readable {
        socket_.get(), POLLIN, 0
    };
    const int ready = ::poll(&readable, 1, static_cast<int>(std::max(left, 0L)));
    if (ready == 0 || (ready < 0 && errno != EINTR))
        return false;
    char buffer[4096];
    const ssize_t count = ready < 0 ? -1 : ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (count == 0)
        throw Error("the message bus has closed the connection");
    if (count < 0 && errno != EINTR && errno != EAGAIN)
        throw Error::last("receive a message", "message bus");
    if (count > 0)
        received_.append(buffer, static_cast<std::size_t>(count));
    return true;
}

std::optional<Message> Connection::receive(long deadline) {
    for (;;) {
        if (auto message = decode(received_))
            return message;
        if (!receive_bytes(deadline))
            return std::nullopt;
    }
}

Message Connection::call(Message message) {
    const std::string member = message.member;
    message.serial = ++serial_;
    send(encode(message));
    const long deadline = now_ms() + answer_ms;
    while (auto answer = receive(deadline)) {
        if (answer->reply_to == serial_ && answer->type != Message::Type::signal)
            return std::move(*answer);
        if (answer->type == Message::Type::signal)
            signals_.push_back(std::move(*answer));
    }
    throw Error("no answer on the message bus to " + member + " within " + std::to_string(answer_ms / 1000) +
                " seconds");
}

void Connection::tell(Message message) {
    message.serial = ++serial_;
    message.wants_reply = false;
    send(encode(message));
}

std::optional<Message> Connection::await_signal(const std::function<bool(const Message&)>& fits,
                                                int timeout_ms) {
    const long deadline = now_ms() + timeout_ms;
    for (;;) {
        while (!signals_.empty()) {
            Message signal = std::move(signals_.front());
            signals_.pop_front();
            if (fits(signal))
                return signal;
        }
        auto message = receive(deadline);
        if (!message)
            return std::nullopt;
        if (message->type == Message::Type::signal)
            signals_.push_back(std::move(*message));
    }
}

void expect_result(const Message& answer, const std::string& operation) {
    if (answer.type != Message::Type::error)
        return;
    const bool told = !answer.body.empty() && answer.body.front().signature == "s";
    throw Error({.operation = operation,
                 .object = "systemd",
                 .reason = told ? answer.body.front().text : answer.error_name});
}

}  // namespace ocikit::run::dbus
