#include "notify_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "kernel/pidfd.hpp"

namespace ocikit::run {

namespace {

constexpr const char* variable = "NOTIFY_SOCKET";
constexpr const char* directory_inside = "/run/notify";
constexpr const char* socket_name = "notify.sock";
constexpr int barrier_ms = 5000;

// sd_notify(3). Not those with process IDs or descriptors, which mean nothing outside or are
// the host's (MAINPID, FDSTORE), nor BARRIER: what came before it has been passed on.
constexpr std::string_view passed_on[] = {
    "READY",
    "RELOADING",
    "STOPPING",
    "STATUS",
    "ERRNO",
    "BUSERROR",
    "EXIT_STATUS",
    "WATCHDOG",
    "WATCHDOG_USEC",
    "MONOTONIC_USEC",
    "EXTEND_TIMEOUT_USEC",
};

struct Address {
    struct sockaddr_un value {};
    socklen_t size = 0;
};

Address address_of(const std::string& name) {
    Address address;
    address.value.sun_family = AF_UNIX;
    if (name.size() >= sizeof address.value.sun_path)
        throw Error(
            {.operation = "use $NOTIFY_SOCKET", .object = name, .reason = "longer than a socket's name"});
    std::memcpy(address.value.sun_path, name.data(), name.size());
    if (name.starts_with('@'))
        address.value.sun_path[0] = '\0';
    address.size = static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + name.size());
    return address;
}

UniqueFd datagram_socket() {
    UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd)
        throw Error::last("make the socket", socket_name);
    return fd;
}

bool is_passed_on(std::string_view line) {
    const auto key = line.substr(0, line.find('='));
    return key.size() < line.size() &&
           std::find(std::begin(passed_on), std::end(passed_on), key) != std::end(passed_on);
}

}  // namespace

std::string callers_notify_socket() {
    const char* const name = std::getenv(variable);
    if (!name || !*name)
        return "";
    if ((name[0] != '/' && name[0] != '@') || name[1] == '\0')
        throw Error({.operation = "use $NOTIFY_SOCKET",
                     .object = name,
                     .reason = "neither an absolute path nor an abstract address (@NAME)",
                     .hint = "unset it where nobody waits for the container to be ready"});
    return name;
}

void add_notify_socket(spec::Config& config, const std::string& directory) {
    config.mounts.push_back(
        {directory_inside, "bind", directory, {"bind", "nosuid", "noexec", "nodev", "ro"}, {}, {}});
    if (!config.process)
        return;
    std::vector<std::string>& env = config.process->env;
    const std::string assignment = std::string(variable) + "=";
    std::erase_if(env, [&](const std::string& entry) { return entry.starts_with(assignment); });
    env.push_back(assignment + directory_inside + "/" + socket_name);
}

Notifier::Notifier(const std::string& callers, int directory, const std::string& shown)
    : outside_(datagram_socket()), inside_(datagram_socket()) {
    const Address to = address_of(callers);
    if (::connect(outside_.fd(), reinterpret_cast<const struct sockaddr*>(&to.value), to.size) < 0)
        throw Error(Error::Parts{.operation = "connect to $NOTIFY_SOCKET",
                                 .object = callers,
                                 .code = errno,
                                 .hint = "unset it where nobody waits for the container to be ready"});
    // of an earlier `start` that has failed
    ::unlinkat(directory, socket_name, 0);
    const Address own = address_of("/proc/self/fd/" + std::to_string(directory) + "/" + socket_name);
    // the program's user is another
    if (::bind(inside_.get(), reinterpret_cast<const struct sockaddr*>(&own.value), own.size) < 0 ||
        ::fchmodat(directory, socket_name, 0666, 0) < 0)
        throw Error::last("make the container's $NOTIFY_SOCKET", shown + "/" + socket_name);
}

void Notifier::tell(const std::string& text, int descriptor) const {
    try {
        outside_.send(text, descriptor);
    } catch (const Error& error) {
        throw Error(Error::Parts{.operation = "pass on what the container tells",
                                 .object = "$NOTIFY_SOCKET",
                                 .code = error.code()});
    }
}

bool Notifier::pass_on(pid_t main_process) const {
    bool ready = false;
    char buffer[8192];
    for (;;) {
        const ssize_t size = ::recv(inside_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return ready;
        std::string_view rest(buffer, static_cast<std::size_t>(size));
        std::string text;
        while (!rest.empty()) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(rest.size(), line.size() + 1));
            if (!is_passed_on(line))
                continue;
            text += std::string(line) + "\n";
            if (line != "READY=1")
                continue;
            ready = true;
            text += "MAINPID=" + std::to_string(main_process) + "\n";
        }
        if (!text.empty())
            tell(text);
    }
}

// The manager looks up who has told it something: this process has to be there still.
void Notifier::send_barrier() const {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) < 0)
        throw Error::last("make a pipe", "pipe2");
    const UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    tell("BARRIER=1", write_end.get());
    write_end.reset();
    struct pollfd closed {
        read_end.get(), 0, 0
    };
    ::poll(&closed, 1, barrier_ms);
}

void Notifier::await_ready(pid_t process) const {
    const UniqueFd ended(pidfd_open(process));
    struct pollfd events[] = {{inside_.get(), POLLIN, 0}, {ended.get(), POLLIN, 0}};
    while (ended) {
        if (::poll(events, 2, -1) < 0 && errno != EINTR)
            throw Error::last("wait for the container", "poll");
        if (pass_on(process))
            return send_barrier();
        if (events[1].revents != 0)
            return;
    }
}

}  // namespace ocikit::run
