#include "handover.hpp"

#include <cstring>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <ocikit/error.hpp>

#include "kernel/channel.hpp"
#include "kernel/files.hpp"

namespace ocikit::run {

void hold_listen_fds(unsigned count) {
    for (int fd = 3; fd < 3 + static_cast<int>(count); ++fd) {
        if (::fcntl(fd, F_GETFD) >= 0)
            continue;
        // nothing that leads anywhere: init still has it while it enters /process/cwd (CVE-2024-21626)
        UniqueFd holder(::eventfd(0, EFD_CLOEXEC));
        if (!holder || (holder.get() != fd && ::dup3(holder.get(), fd, O_CLOEXEC) < 0))
            throw Error::last("hold descriptor " + std::to_string(fd), "$LISTEN_FDS");
        if (holder.get() == fd)
            holder.release();
    }
}

void check_preserved(unsigned first, unsigned count) {
    for (unsigned i = 0; i < count; ++i)
        if (::fcntl(static_cast<int>(first + i), F_GETFD) < 0)
            throw Error::last(
                "unable to stat preserved-fd " + std::to_string(i) + " (of " + std::to_string(count) + ")",
                "--preserve-fds");
}

void write_pid_file(const std::string& path, pid_t pid) {
    const auto slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    try {
        const UniqueFd fd = open_at(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY, 0, directory);
        replace_at(fd.get(), name.c_str(), std::to_string(pid), 0644, path);
    } catch (const Error& error) {
        throw error.within("--pid-file");
    }
}

UniqueFd connect_to(const std::string& path, const std::string& operation) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    struct sockaddr_un address {};
    address.sun_family = AF_UNIX;
    // longer than a socket's address can be: through a descriptor (unix(7))
    const UniqueFd file(::open(path.c_str(), O_PATH | O_CLOEXEC));
    const std::string reached = "/proc/self/fd/" + std::to_string(file.get());
    std::memcpy(address.sun_path, reached.c_str(), reached.size() + 1);
    if (!fd || !file ||
        ::connect(fd.get(), reinterpret_cast<const struct sockaddr*>(&address), sizeof address) < 0)
        throw Error::last(operation, path);
    return fd;
}

void send_descriptor(const std::string& path, const std::string& name, int descriptor) {
    const char* const socket = name.starts_with('/') ? "console" : "pidfd";
    Channel(connect_to(path, "connect to the " + std::string(socket) + " socket")).send(name, descriptor);
}

void check_console(bool terminal, bool foreground, bool has_socket) {
    if (terminal && !foreground && !has_socket)
        throw Error("cannot allocate a terminal if oci-run will detach without setting console socket",
                    "give --console-socket, or set /process/terminal to false");
    if (has_socket && (!terminal || foreground))
        throw Error("cannot use console socket if oci-run will not detach or allocate a terminal",
                    "--console-socket goes with create, or --detach, and a terminal");
}

}  // namespace ocikit::run
