#include "container.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json/object.hpp>

#include <ocikit/encode.hpp>
#include <ocikit/error.hpp>
#include <ocikit/version.hpp>

#include "kernel/pidfd.hpp"
#include "kernel/process.hpp"

namespace ocikit::run {

namespace {

constexpr int kill_timeout_ms = 10000;

bool is_alive(const Record& record) {
    if (record.pid <= 0)
        return false;
    const auto stat = read_process_stat(record.pid);
    return stat && stat->start_time == record.start_time && stat->state != 'Z' && stat->state != 'X';
}

// The stub's answer: `s`, then the end (executed) or the errno of execve(2).
void await_execution(int connection, const std::string& program) {
    char byte = 0;
    int code = 0;
    if (::recv(connection, &byte, 1, 0) != 1)
        throw Error("cannot start a container that has stopped");
    const ssize_t n = ::recv(connection, &code, sizeof code, 0);
    if (n == 0 || (n < 0 && errno == ECONNRESET))
        return;
    if (n != sizeof code)
        throw Error::last("read the container's answer", "start");
    throw Error({.operation = "/process/args/0",
                 .object = "config.json",
                 .reason = "execute \"" + program + "\"",
                 .code = code});
}

}  // namespace

std::string to_string(Status status) {
    switch (status) {
        case Status::creating:
            return "creating";
        case Status::created:
            return "created";
        case Status::running:
            return "running";
        case Status::stopped:
            break;
    }
    return "stopped";
}

Container::Container(StateDir state) : state_(std::move(state)) {
    if (auto record = state_.load())
        record_ = std::move(*record);
    else
        record_.id = state_.id();
}

Container::Container(StateDir state, Record record) : state_(std::move(state)), record_(std::move(record)) {}

Container Container::open(const std::string& state_root, const std::string& id) {
    return Container(StateDir::open(state_root, id));
}

Status Container::status() const {
    if (record_.pid == 0)
        return Status::creating;
    if (!is_alive(record_))
        return Status::stopped;
    return state_.waits_for_start() ? Status::created : Status::running;
}

boost::json::object Container::describe() const {
    const Status now = status();
    spec::State state;
    state.ociVersion = spec_version;
    state.id = record_.id;
    state.status = to_string(now);
    state.pid = now == Status::stopped ? 0 : record_.pid;
    state.bundle = record_.bundle;
    state.annotations = record_.annotations;
    boost::json::object object = encode(state).as_object();
    object.emplace("rootfs", record_.root);
    object.emplace("created", record_.created);
    object.emplace("owner", record_.owner == 0 ? "" : std::to_string(record_.owner));
    return object;
}

void Container::start() {
    switch (status()) {
        case Status::created:
            break;
        case Status::running:
            throw Error("cannot start an already running container");
        case Status::stopped:
            throw Error("cannot start a container that has stopped");
        case Status::creating:
            throw Error("cannot start a container that is still being created");
    }
    if (record_.program.empty())
        throw Error("config.json: /process: missing: there is no program to start");
    const UniqueFd connection = state_.connect_for_start();
    if (::send(connection.get(), "s", 1, MSG_NOSIGNAL) != 1)
        throw Error::last("reach the container's init", "start");
    // Whatever comes of it, it is not to be started again.
    state_.end_wait_for_start();
    await_execution(connection.get(), record_.program);
}

void Container::kill(int signal, bool all) {
    const Status now = status();
    if (now != Status::created && now != Status::running)
        throw Error("container not running");
    // Without a pid namespace of its own nothing ends with init.
    if (all || (signal == SIGKILL && !record_.own_pid_namespace)) {
        const CgroupLayout layout = CgroupLayout::detect();
        const Cgroup cgroup(layout, record_.cgroup);
        for (const pid_t pid : cgroup.processes())
            if (::kill(pid, signal) < 0 && errno != ESRCH)
                throw Error::last("send signal " + std::to_string(signal), "process " + std::to_string(pid));
    }
    if (!signal_process(record_.pid, record_.start_time, signal) && !all)
        throw Error("container not running");
}

void Container::kill_init() {
    if (!is_alive(record_))
        return;
    const UniqueFd fd(pidfd_open(record_.pid));
    if (!fd || !signal_process(record_.pid, record_.start_time, SIGKILL))
        return;
    struct pollfd ended {
        fd.get(), POLLIN, 0
    };
    if (::poll(&ended, 1, kill_timeout_ms) == 0)
        throw Error("the container's init didn't end within " + std::to_string(kill_timeout_ms / 1000) +
                    " seconds of SIGKILL");
}

void Container::destroy(const CgroupLayout* layout) {
    kill_init();
    if (!record_.cgroup.path.empty()) {
        const CgroupLayout detected = layout ? CgroupLayout{} : CgroupLayout::detect();
        Cgroup cgroup(layout ? *layout : detected, record_.cgroup);
        cgroup.kill_all();
        cgroup.remove();
    }
    state_.remove();
}

}  // namespace ocikit::run
