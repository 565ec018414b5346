#include "supervise.hpp"

#include <cerrno>
#include <csignal>
#include <optional>
#include <sys/signalfd.h>

#include <ocikit/error.hpp>

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

ExitStatus supervise_terminal(Process& process, UniqueFd console, const SignalSource& signals) {
    Terminal terminal(std::move(console));
    const UniqueFd source = signals.open();
    for (;;) {
        if (!terminal.relay_until(source.get()))
            continue;
        struct signalfd_siginfo info {};
        if (::read(source.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info))
            continue;
        const int signal = static_cast<int>(info.ssi_signo);
        if (signal == SIGWINCH)
            terminal.copy_size();
        pass_on(signal, process);
        if (signal != SIGCHLD)
            continue;
        if (const auto status = process.poll()) {
            terminal.drain();
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

ExitStatus supervise(Process& process, UniqueFd console, const SignalSource& signals) {
    if (console)
        return supervise_terminal(process, std::move(console), signals);
    for (;;) {
        const int signal = signals.wait();
        if (signal != SIGCHLD)
            pass_on(signal, process);
        else if (const auto status = process.poll())
            return *status;
    }
}

}  // namespace ocikit::run
