#include "hooks.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <linux/close_range.h>
#include <optional>
#include <poll.h>
#include <string.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/value.hpp>

#include <ocikit/encode.hpp>
#include <ocikit/error.hpp>

#include "kernel/files.hpp"
#include "kernel/process.hpp"

namespace ocikit::run {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kept_output = 4096;
constexpr std::size_t kept_lines = 10;

// The end of it, one line: engines hand messages on as lines of logs.
std::string on_one_line(std::string_view output) {
    std::vector<std::string_view> lines;
    while (!output.empty()) {
        const auto end = std::min(output.find('\n'), output.size());
        if (end > 0)
            lines.push_back(output.substr(0, end));
        output.remove_prefix(std::min(end + 1, output.size()));
    }
    std::string line;
    for (std::size_t i = lines.size() - std::min(lines.size(), kept_lines); i < lines.size(); ++i)
        line += (line.empty() ? "" : " | ") + std::string(lines[i]);
    return line;
}

// pointer: "/hooks/KIND/INDEX…"
std::string kind_of(std::string_view pointer) {
    pointer.remove_prefix(std::string_view("/hooks/").size());
    return std::string(pointer.substr(0, pointer.find('/')));
}

// In the message itself, and not in its hint: what a hook says is why it failed.
[[noreturn]] void fail(const spec::Hook& hook, const std::string& pointer, std::string reason,
                       std::string_view output = {}, int code = 0) {
    const std::string line = on_one_line(output);
    if (!line.empty())
        reason += "; it printed: " + line;
    throw Error({.operation = hook.path,
                 .object = "config.json: " + pointer,
                 .reason = kind_of(pointer) + " hook " + std::move(reason),
                 .code = code});
}

// A file rather than a pipe: a hook that doesn't read it can't end or block this process.
UniqueFd state_file(const std::string& state) {
    UniqueFd fd(::memfd_create("state", MFD_CLOEXEC));
    if (!fd)
        throw Error::last("make the hook's standard input", "memfd");
    write_all(fd.get(), state, "memfd");
    if (::lseek(fd.get(), 0, SEEK_SET) < 0)
        throw Error::last("make the hook's standard input", "memfd");
    return fd;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (const auto& string : strings)
        result.push_back(const_cast<char*>(string.c_str()));
    result.push_back(nullptr);
    return result;
}

UniqueFd open_stream(const std::map<std::string, std::string>& annotations, const char* name) {
    const auto annotation = annotations.find(name);
    if (annotation == annotations.end())
        return {};
    const std::string object = "config.json: /annotations/" + annotation->first;
    const std::string& path = annotation->second;
    if (!path.starts_with('/'))
        throw Error({.object = object, .reason = "\"" + path + "\" is not absolute"});
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644));
    if (!fd)
        throw Error::last("open " + path, object);
    return fd;
}

struct HookFds {
    int input, out, err;
    int report;
};

// In the child; what comes back of it is the errno of execve(2) on report.
[[noreturn]] void execute_hook(const spec::Hook& hook, const std::string& directory, const HookFds& fds,
                               const HookPreparation& prepare) {
    ::setsid();
    if (!directory.empty() && ::chdir(directory.c_str()) < 0) {
        // the bundle may have been removed before the container: no reason not to clean up
    }
    for (int signal = 1; signal < 32; ++signal)
        ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const std::vector<std::string> args = hook.args.empty() ? std::vector<std::string>{hook.path} : hook.args;
    const auto arguments = pointers(args), environment = pointers(hook.env);
    int code = 0;
    if (::dup2(fds.input, 0) == 0 && ::dup2(fds.out, 1) == 1 && ::dup2(fds.err, 2) == 2 &&
        ::syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
        try {
            if (prepare)
                prepare();
            ::execve(hook.path.c_str(), arguments.data(), environment.data());
        } catch (const Error& error) {
            code = error.code();
        }
    }
    if (code == 0)
        code = errno;
    [[maybe_unused]] const ssize_t n = ::write(fds.report, &code, sizeof code);
    ::_exit(127);
}

struct Pipe {
    UniqueFd read_end, write_end;
};

Pipe make_pipe() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) < 0)
        throw Error::last("make a pipe for the hook", "pipe");
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

int remaining_ms(const std::optional<Clock::time_point>& deadline) {
    if (!deadline)
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
    return left < 0 ? 0 : static_cast<int>(std::min<long>(left, 1000000));
}

// False if there is nothing to read.
bool keep_tail(std::string& output, int fd) {
    char buffer[4096];
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n <= 0)
        return false;
    output.append(buffer, static_cast<std::size_t>(n));
    if (output.size() > kept_output)
        output.erase(0, output.size() - kept_output);
    return true;
}

// What is in the pipe, and no more: whom the hook has left behind may go on writing.
void keep_rest(std::string& output, int fd) {
    int size = 0;
    if (::ioctl(fd, FIONREAD, &size) < 0)
        return;
    for (; size > 0 && keep_tail(output, fd); size -= 4096) {
    }
}

// Reads what the hook prints until it has ended; false if the time is over first.
bool follow(Process& process, int output_fd, std::optional<Clock::time_point> deadline, std::string& output) {
    for (;;) {
        struct pollfd fds[2] = {{process.fd(), POLLIN, 0}, {output_fd, POLLIN, 0}};
        if (::poll(fds, 2, remaining_ms(deadline)) < 0 && errno != EINTR)
            throw Error::last("wait for the hook", "poll");
        if (fds[0].revents != 0) {
            if (output_fd >= 0)
                keep_rest(output, output_fd);
            return true;
        }
        if (deadline && Clock::now() >= *deadline)  // even if it prints all the time
            return false;
        if (fds[1].revents & POLLIN)
            keep_tail(output, output_fd);
        else if (fds[1].revents != 0)  // it has closed its standard output and error
            output_fd = -1;
    }
}

std::string ending(const ExitStatus& status) {
    if (status.signal == 0)
        return "failed with exit code " + std::to_string(status.code);
    const char* const name = ::sigabbrev_np(status.signal);
    return "was killed by signal " + std::to_string(status.signal) +
           (name ? " (SIG" + std::string(name) + ")" : "");
}

}  // namespace

HookStreams open_hook_streams(const std::map<std::string, std::string>& annotations) {
    return {open_stream(annotations, "run.oci.hooks.stdout"),
            open_stream(annotations, "run.oci.hooks.stderr")};
}

void run_hook(const spec::Hook& hook, const std::string& state, const std::string& pointer,
              const HookStreams& streams, const std::string& directory, const HookPreparation& prepare) {
    if (!hook.path.starts_with('/'))
        fail(hook, pointer + "/path", "has no absolute path");
    const UniqueFd input = state_file(state);
    Pipe output = make_pipe();
    Pipe report = make_pipe();
    Process process = Process::clone(0, -1);
    if (process.pid() == 0)
        execute_hook(hook, directory,
                     {.input = input.get(),
                      .out = (streams.out ? streams.out : output.write_end).get(),
                      .err = (streams.err ? streams.err : output.write_end).get(),
                      .report = report.write_end.get()},
                     prepare);
    output.write_end.reset();
    report.write_end.reset();
    std::optional<Clock::time_point> deadline;
    if (hook.timeout)
        deadline = Clock::now() + std::chrono::seconds(*hook.timeout);
    std::string text;
    if (!follow(process, output.read_end.get(), deadline, text)) {
        ::kill(-process.pid(), SIGKILL);
        process.wait();
        fail(hook, pointer, "was still running after its timeout of " + std::to_string(*hook.timeout) + " s",
             text);
    }
    const ExitStatus status = process.wait();
    int code = 0;
    if (::read(report.read_end.get(), &code, sizeof code) == static_cast<ssize_t>(sizeof code))
        fail(hook, pointer, "can't be executed", {}, code);
    if (status.code != 0)
        fail(hook, pointer, ending(status), text);
}

namespace {

std::string state_text(const spec::State& state) {
    return to_text(encode(state), 0);
}

// createContainer's run in the root filesystem and startContainer's in the container: init's own place.
std::string directory_of(const char* kind, const spec::State& state) {
    return std::string_view(kind).ends_with("Container") ? "" : state.bundle;
}

std::string pointer_of(const char* kind, std::size_t index) {
    return "/hooks/" + std::string(kind) + "/" + std::to_string(index);
}

}  // namespace

void run_hooks(const std::vector<spec::Hook>& hooks, const spec::State& state, const char* kind,
               const HookStreams& streams, const HookPreparation& prepare) {
    for (std::size_t i = 0; i < hooks.size(); ++i)
        run_hook(hooks[i], state_text(state), pointer_of(kind, i), streams, directory_of(kind, state),
                 prepare);
}

void run_hooks_to_the_end(const std::vector<spec::Hook>& hooks, const spec::State& state, const char* kind,
                          std::vector<std::string>& warnings) {
    if (hooks.empty())
        return;
    HookStreams streams;
    try {
        streams = open_hook_streams(state.annotations);
    } catch (const Error& error) {
        warnings.emplace_back(error.what());
    }
    for (std::size_t i = 0; i < hooks.size(); ++i) {
        try {
            run_hook(hooks[i], state_text(state), pointer_of(kind, i), streams, directory_of(kind, state));
        } catch (const Error& error) {
            warnings.emplace_back(error.what());
        }
    }
}

}  // namespace ocikit::run
