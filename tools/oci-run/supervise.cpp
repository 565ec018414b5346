#include "supervise.hpp"

#include <cerrno>
#include <csignal>
#include <initializer_list>
#include <optional>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <ocikit/error.hpp>

#include "common/output.hpp"
#include "kernel/pidfd.hpp"
#include "terminal.hpp"

namespace ocikit::run {

namespace {

sigset_t all_signals() {
    sigset_t set;
    ::sigfillset(&set);
    return set;
}

// Those that are this process's own affair.
bool is_passed_on(int signal) {
    return signal != SIGCHLD && signal != SIGURG && signal != SIGWINCH && signal != SIGPIPE &&
           signal != SIGTTIN && signal != SIGTTOU;
}

void pass_on(int signal, const Process& process) {
    if (is_passed_on(signal))
        pidfd_send_signal(process.fd(), signal);  // it may have ended just now
}

// Readable when one of several is.
UniqueFd any_of(std::initializer_list<int> sources) {
    UniqueFd any(::epoll_create1(EPOLL_CLOEXEC));
    for (const int source : sources) {
        struct epoll_event readable {
            EPOLLIN, {}
        };
        if (!any || ::epoll_ctl(any.get(), EPOLL_CTL_ADD, source, &readable) < 0)
            throw Error::last("wait for signals", "epoll");
    }
    return any;
}

void wait_for(int fd, std::optional<Terminal>& terminal) {
    if (terminal) {
        while (!terminal->relay_until(fd)) {
        }
        return;
    }
    struct pollfd readable {
        fd, POLLIN, 0
    };
    ::poll(&readable, 1, -1);
}

// The service's main process is this one, which ends with the container.
void pass_on(const Notifier*& notifier) {
    try {
        if (notifier)
            notifier->pass_on(::getpid());
    } catch (const Error& error) {
        cli::complain("oci-run", std::string("warning: ") + error.what());
        notifier = nullptr;  // a caller who doesn't listen is no reason to end the container
    }
}

ExitStatus supervise_several(Process& process, std::optional<Terminal>& terminal, const Notifier* notifier,
                             const SignalSource& signals) {
    const UniqueFd source = signals.open();
    const UniqueFd any = notifier ? any_of({source.get(), notifier->fd()}) : UniqueFd();
    for (;;) {
        wait_for(notifier ? any.get() : source.get(), terminal);
        pass_on(notifier);
        struct signalfd_siginfo info {};
        if (::read(source.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info))
            continue;
        const int signal = static_cast<int>(info.ssi_signo);
        if (signal == SIGWINCH && terminal)
            terminal->copy_size();
        pass_on(signal, process);
        if (signal != SIGCHLD)
            continue;
        if (const auto status = process.poll()) {
            if (terminal)
                terminal->drain();
            pass_on(notifier);
            return *status;
        }
    }
}

}  // namespace

SignalSource::SignalSource() {
    const sigset_t set = all_signals();
    ::sigprocmask(SIG_SETMASK, &set, nullptr);
}

int SignalSource::wait() const {
    const sigset_t set = all_signals();
    siginfo_t info;
    for (;;) {
        const int signal = ::sigwaitinfo(&set, &info);
        if (signal > 0)
            return signal;
        if (errno != EINTR)
            throw Error::last("wait for a signal", "sigwaitinfo");
    }
}

UniqueFd SignalSource::open() const {
    const sigset_t set = all_signals();
    UniqueFd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd)
        throw Error::last("wait for signals", "signalfd");
    return fd;
}

ExitStatus supervise(Process& process, UniqueFd console, const Notifier* notifier,
                     const SignalSource& signals) {
    if (console || notifier) {
        std::optional<Terminal> terminal;
        if (console)
            terminal.emplace(std::move(console));
        return supervise_several(process, terminal, notifier, signals);
    }
    for (;;) {
        const int signal = signals.wait();
        if (signal != SIGCHLD)
            pass_on(signal, process);
        else if (const auto status = process.poll())
            return *status;
    }
}

}  // namespace ocikit::run
