#include "kernel/process.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <dirent.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <ocikit/error.hpp>

#include "kernel/files.hpp"
#include "kernel/pidfd.hpp"

namespace ocikit::run {

namespace {

std::string clone_hint(int code, std::uint64_t flags) {
    if (code == ENOSPC || code == EUSERS)
        return "a limit of /proc/sys/user/max_*_namespaces is reached";
    if (code == EAGAIN)
        return "the container's limit of processes is reached (pids.limit), or the user's (ulimit -u)";
    if (code != EPERM)
        return "";
    return flags & CLONE_NEWUSER ? "user namespaces are closed to ordinary users on this machine: see "
                                   "kernel.unprivileged_userns_clone and "
                                   "kernel.apparmor_restrict_unprivileged_userns of sysctl(8)"
                                 : "namespaces need root, or a new user namespace among them: add {\"type\": "
                                   "\"user\"} to /linux/namespaces, and mappings";
}

}  // namespace

Process Process::clone(std::uint64_t flags, int cgroup) {
    int pidfd = -1;
    struct clone_args args {};
    args.flags = flags | CLONE_PIDFD;
    args.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
    // with CLONE_PARENT it is the caller's own (clone(2))
    args.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD;
    if (cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = static_cast<std::uint64_t>(cgroup);
    }
    const long pid = ::syscall(SYS_clone3, &args, sizeof args);
    if (pid < 0) {
        const int code = errno;
        throw Error({.operation = "make the container's process",
                     .object = "clone3",
                     .code = code,
                     .hint = clone_hint(code, flags)});
    }
    Process process;
    process.pid_ = static_cast<pid_t>(pid);
    if (pid > 0)
        process.fd_ = UniqueFd(pidfd);
    return process;
}

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, 0)), fd_(std::move(other.fd_)) {}

Process& Process::operator=(Process&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(fd_, other.fd_);
    return *this;
}

Process::~Process() {
    if (pid_ <= 0)
        return;
    kill();
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

void Process::kill() {
    pidfd_send_signal(fd_.get(), SIGKILL);
}

namespace {

std::optional<ExitStatus> wait_for(pid_t pid, int options) {
    int status = 0;
    pid_t result;
    do {
        result = ::waitpid(pid, &status, options);
    } while (result < 0 && errno == EINTR);
    if (result < 0)
        throw Error::last("wait for the container's process", "waitpid");
    if (result == 0)
        return std::nullopt;
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return ExitStatus{.code = signal != 0 ? 128 + signal : WEXITSTATUS(status), .signal = signal};
}

}  // namespace

ExitStatus Process::wait() {
    const auto status = wait_for(pid_, 0);
    pid_ = 0;
    return *status;
}

std::optional<ExitStatus> Process::poll() {
    const auto status = wait_for(pid_, WNOHANG);
    if (status)
        pid_ = 0;
    return status;
}

pid_t pid_of(int pidfd) {
    const std::string path = "/proc/self/fdinfo/" + std::to_string(pidfd);
    const std::string text = read_at(AT_FDCWD, path.c_str());
    const auto at = text.find("\nPid:\t");
    pid_t pid = 0;
    if (at != std::string::npos)
        std::from_chars(text.data() + at + 6, text.data() + text.size(), pid);
    return std::max(pid, 0);
}

std::optional<ProcessStat> read_process_stat(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/stat";
    const auto text = read_unless(AT_FDCWD, path.c_str(), {ENOENT, ESRCH});
    // The name, in parentheses, may hold anything: count from its end (proc(5)).
    const auto name_end = text ? text->rfind(')') : std::string::npos;
    if (name_end == std::string::npos)
        return std::nullopt;
    std::string_view rest = std::string_view(*text).substr(name_end + 1);
    ProcessStat result;
    for (int field = 3; !rest.empty(); ++field) {
        rest.remove_prefix(rest.find_first_not_of(' ') == std::string_view::npos
                               ? rest.size()
                               : rest.find_first_not_of(' '));
        const std::string_view word = rest.substr(0, rest.find_first_of(" \n"));
        if (field == 3 && !word.empty())
            result.state = word[0];
        else if (field == 22)
            std::from_chars(word.data(), word.data() + word.size(), result.start_time);
        else if (field == 33) {
            std::from_chars(word.data(), word.data() + word.size(), result.ignored_signals);
            break;
        }
        rest.remove_prefix(word.size());
        if (rest.starts_with('\n'))
            break;
    }
    return result;
}

std::chrono::nanoseconds processor_time(pid_t pid) {
    std::int64_t time = 0;
    try {
        const std::string text = read_at(AT_FDCWD, ("/proc/" + std::to_string(pid) + "/schedstat").c_str());
        std::from_chars(text.data(), text.data() + text.size(), time);
    } catch (const Error&) {
        // without CONFIG_SCHED_INFO
    }
    return std::chrono::nanoseconds(time);
}

std::vector<pid_t> processes_of_namespace(pid_t pid) {
    struct stat wanted, found;
    const auto link = [](const std::string& name) { return "/proc/" + name + "/ns/pid"; };
    if (::stat(link(std::to_string(pid)).c_str(), &wanted) < 0)
        throw Error::last("look at the pid namespace of process", std::to_string(pid));
    std::vector<pid_t> pids;
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
    while (const struct dirent* entry = proc ? ::readdir(proc.get()) : nullptr) {
        const std::string_view name = entry->d_name;
        pid_t one = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), one);
        if (error == std::errc{} && end == name.data() + name.size() &&
            ::stat(link(std::string(name)).c_str(), &found) == 0 && found.st_ino == wanted.st_ino)
            pids.push_back(one);
    }
    return pids;
}

bool signal_process(pid_t pid, std::uint64_t start_time, int signal) {
    // The pidfd comes first: after the check of the start time it can't be another process.
    const UniqueFd fd(pidfd_open(pid));
    if (!fd) {
        if (errno == ESRCH)
            return false;
        throw Error::last("open process", std::to_string(pid));
    }
    const auto stat = read_process_stat(pid);
    if (!stat || stat->start_time != start_time || stat->state == 'Z' || stat->state == 'X')
        return false;
    if (pidfd_send_signal(fd.get(), signal) == 0)
        return true;
    if (errno == ESRCH)
        return false;
    throw Error::last("send signal " + std::to_string(signal), "process " + std::to_string(pid));
}

}  // namespace ocikit::run
