// The way into the program, the same for a container's init and for what `exec` adds.
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/protocol.hpp"
#include "init/steps.hpp"
#include "kernel/files.hpp"

namespace ocikit::run {

namespace {

// The program begins when there is somebody to answer for its calls.
void hand_over_listener(const UniqueFd& listener, const Channel& channel) {
    send_message(channel, MessageType::listener, {}, listener.get());
    const auto answer = receive_message(channel);
    if (!answer || answer->type != MessageType::go)
        ::_exit(1);  // the command has gone, or has a reason of its own that it tells
}

}  // namespace

void stop_ignoring_signals(std::uint64_t ignored) {
    for (int signal = 1; signal < 32; ++signal)
        if (ignored >> (signal - 1) & 1)
            ::signal(signal, SIG_DFL);
}

void join_session_keyring(const std::string& id) {
    const std::string name = "_ses." + id;
    // without keyrings in the kernel, or where an outer container forbids them, there is none to join
    if (::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.c_str()) < 0 && errno != ENOSYS &&
        errno != EPERM)
        throw Error::last("join a new session keyring", name, "--no-new-keyring keeps the present one");
}

void set_oom_score(int score) {
    const std::string text = std::to_string(score);
    try {
        write_at(AT_FDCWD, "/proc/self/oom_score_adj", text);
    } catch (const Error& error) {
        throw error.within("config.json: /process/oomScoreAdj");
    }
}

void close_the_door(unsigned preserved_fds) {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // whatever the caller has left open stays outside (CVE-2024-21626)
    if (::syscall(SYS_close_range, 3 + preserved_fds, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        throw Error::last("close what isn't the container's", "close_range");
}

std::uint64_t kept_for_filter(const ProcessPlan& process, const std::optional<SeccompFilter>& filter) {
    return filter && !process.no_new_privileges ? std::uint64_t{1} << CAP_SYS_ADMIN : 0;
}

const SeccompFilter* stub_filter(const ProcessPlan& process, const std::optional<SeccompFilter>& filter) {
    return filter && process.no_new_privileges && !filter->listener ? &*filter : nullptr;
}

void load_filter(const ProcessPlan& process, const std::optional<SeccompFilter>& filter,
                 const CapabilitySets& sets, bool through_stub, const Channel& channel) {
    if (!filter || (through_stub && stub_filter(process, filter)))
        return;
    const UniqueFd listener = load_seccomp(*filter);
    if (kept_for_filter(process, filter) != 0)
        set_capabilities(sets);
    if (listener)
        hand_over_listener(listener, channel);
}

}  // namespace ocikit::run
