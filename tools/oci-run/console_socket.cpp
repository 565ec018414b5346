#include "console_socket.hpp"

#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <ocikit/error.hpp>

#include "kernel/channel.hpp"

namespace ocikit::run {

void send_console(const std::string& path, const std::string& name, UniqueFd master) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    struct sockaddr_un address {};
    address.sun_family = AF_UNIX;
    // longer than a socket's address can be: through a descriptor (unix(7))
    const UniqueFd file(::open(path.c_str(), O_PATH | O_CLOEXEC));
    const std::string reached = "/proc/self/fd/" + std::to_string(file.get());
    std::memcpy(address.sun_path, reached.c_str(), reached.size() + 1);
    if (!fd || !file ||
        ::connect(fd.get(), reinterpret_cast<const struct sockaddr*>(&address), sizeof address) < 0)
        throw Error::last("connect to the console socket", path);
    Channel(std::move(fd)).send(name, master.get());
}

}  // namespace ocikit::run
