#include <cerrno>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/protocol.hpp"
#include "init/steps.hpp"
#include "kernel/mount.hpp"

namespace ocikit::run {

UniqueFd open_terminal(const ProcessPlan& process, const RootPath& root, const Channel& channel) {
    const UniqueFd master = root.try_open("/dev/pts/ptmx", O_RDWR | O_NOCTTY);
    if (!master) {
        const int code = errno;
        throw Error({.operation = "open a terminal in the container",
                     .object = "/dev/pts/ptmx",
                     .code = code,
                     .hint = "/process/terminal needs a mount of type devpts on /dev/pts"});
    }
    int locked = 0;
    if (::ioctl(master.get(), TIOCSPTLCK, &locked) < 0)
        throw Error::last("unlock the terminal", "/dev/pts/ptmx");
    // by the master, not by a name that may lead elsewhere (CVE-2025-52565)
    UniqueFd slave(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    unsigned number = 0;
    if (!slave || ::ioctl(master.get(), TIOCGPTN, &number) < 0)
        throw Error::last("open the terminal", "/dev/pts/ptmx");
    if (process.rows != 0 || process.columns != 0) {
        const struct winsize size { process.rows, process.columns, 0, 0 };
        if (::ioctl(master.get(), TIOCSWINSZ, &size) < 0)
            throw Error::last("set the terminal's size", "/dev/pts/ptmx");
    }
    if (::fchown(slave.get(), process.uid, static_cast<gid_t>(-1)) < 0)
        throw Error::last("set the terminal's owner", "/dev/pts/ptmx");
    send_message(channel, MessageType::console, "/dev/pts/" + std::to_string(number), master.get());
    return slave;
}

UniqueFd make_console(const ProcessPlan& process, RootPath& root, const Channel& channel) {
    UniqueFd slave = open_terminal(process, root, channel);
    const UniqueFd target = root.make_file("/dev/console");
    DetachedMount::copy(slave.get(), false).attach(target.get(), "/dev/console");
    return slave;
}

void take_console(const UniqueFd& slave) {
    for (int fd = 0; fd <= 2; ++fd)
        if (::dup2(slave.get(), fd) < 0)
            throw Error::last("use the terminal as standard input and output", "dup2");
    if (::ioctl(0, TIOCSCTTY, 0) < 0)
        throw Error::last("make the terminal the controlling one", "TIOCSCTTY");
}

}  // namespace ocikit::run
