#include "container.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <boost/json/object.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/document.hpp>
#include <ocikit/encode.hpp>
#include <ocikit/error.hpp>
#include <ocikit/version.hpp>

#include "cgroup/freezer.hpp"
#include "cgroup/systemd.hpp"
#include "cgroup/systemd_io.hpp"
#include "cgroup/update.hpp"
#include "checked.hpp"
#include "hooks.hpp"
#include "init/protocol.hpp"
#include "kernel/channel.hpp"
#include "kernel/pidfd.hpp"
#include "kernel/process.hpp"
#include "plan/make_plan.hpp"
#include "resctrl.hpp"
#include "seccomp/listener.hpp"

namespace ocikit::run {

namespace {

constexpr int kill_timeout_ms = 10000;

bool is_alive(const Record& record) {
    if (record.pid <= 0)
        return false;
    const auto stat = read_process_stat(record.pid);
    return stat && stat->start_time == record.start_time && stat->state != 'Z' && stat->state != 'X';
}

// What comes after `start`, hooks and signals, is meant for a program that runs
// (runtime.md#lifecycle). It is executed by now, but may not have had the processor yet: until it
// first waits for something, has ended or has had a little time of it, and not for long.
void let_program_begin(const Record& record) {
    using namespace std::chrono_literals;
    constexpr auto enough = 2ms;  // until a shell has set its traps
    const auto end = std::chrono::steady_clock::now() + 100ms;
    for (auto pause = 50us; std::chrono::steady_clock::now() < end; pause = std::min(2 * pause, 1000us)) {
        const auto stat = read_process_stat(record.pid);
        if (!stat || (stat->state != 'R' && stat->state != 'D') || processor_time(record.pid) >= enough)
            return;
        std::this_thread::sleep_for(pause);
    }
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
        case Status::paused:
            return "paused";
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

Container Container::open_locked(const std::string& state_root, const std::string& id) {
    StateDir state = StateDir::open(state_root, id);
    if (!state.lock())
        StateDir::refuse_missing(state_root, id);
    return Container(std::move(state));
}

Container Container::salvage(StateDir state, std::vector<std::string>& warnings) {
    Record record;
    record.id = state.id();
    try {
        if (auto saved = state.load())
            record = std::move(*saved);
    } catch (const Error& error) {
        warnings.push_back(std::string(error.what()) + "; what it tells of is not removed: poststop hooks " +
                           "are not run, and a cgroup that linux.cgroupsPath names stays");
        // the one that is there without linux.cgroupsPath is no other's
        record.cgroup.path = cgroup_path(nullptr, record.id);
        for (const auto& hierarchy : CgroupLayout::detect().hierarchies)
            record.cgroup.made[hierarchy.name] = 1;
    }
    return Container(std::move(state), std::move(record));
}

Status Container::status() const {
    // who makes a container holds the lock; without one it was cut off
    if (record_.pid == 0)
        return state_.is_locked_by_other() ? Status::creating : Status::stopped;
    if (!is_alive(record_))
        return Status::stopped;
    if (state_.is_being_made())
        return Status::creating;
    if (is_frozen(record_.cgroup))
        return Status::paused;
    return state_.waits_for_start() ? Status::created : Status::running;
}

boost::json::object Container::describe() const {
    const Status now = status();
    boost::json::object object = encode(hook_state(now)).as_object();
    object.emplace("rootfs", record_.root);
    object.emplace("created", record_.created);
    object.emplace("owner", record_.owner == 0 ? "" : std::to_string(record_.owner));
    return object;
}

spec::State Container::hook_state(Status status) const {
    spec::State state;
    state.ociVersion = spec_version;
    state.id = record_.id;
    state.status = to_string(status);
    state.pid = status == Status::stopped ? 0 : record_.pid;
    state.bundle = record_.bundle;
    state.annotations = record_.annotations;
    return state;
}

std::optional<spec::Config> Container::config_with_hooks() const {
    return record_.hooks ? std::optional(saved_config()) : std::nullopt;
}

spec::Config Container::saved_config() const {
    const Document document = Document::parse(state_.load_config(), "config.json of container " + record_.id);
    Diagnostics diagnostics = document.diagnostics();
    auto config = document.has_value() ? decode_config(document, diagnostics) : std::nullopt;
    if (!config)
        throw Error(document.name() + ": the copy made at create is damaged");
    return std::move(*config);
}

void Container::run_poststart_hooks(std::vector<std::string>& warnings) {
    const auto config = config_with_hooks();
    if (!config || !config->hooks)
        return;
    let_program_begin(record_);
    try {
        const spec::State state = hook_state(Status::running);
        run_hooks(config->hooks->poststart, state, "poststart", open_hook_streams(state.annotations));
    } catch (const Error& error) {
        const auto version = Version::parse(config->ociVersion);
        if (version && !behavior_of(*version).poststart_failure_is_error) {
            warnings.emplace_back(error.what());
            return;
        }
        kill_init();
        throw;
    }
}

void Container::start(std::vector<std::string>& warnings) {
    switch (status()) {
        case Status::created:
            break;
        case Status::paused:
            if (state_.waits_for_start())
                throw Error("cannot start a paused container", "resume it first");
            [[fallthrough]];
        case Status::running:
            throw Error("cannot start an already running container");
        case Status::stopped:
            throw Error("cannot start a container that has stopped");
        case Status::creating:
            throw Error("cannot start a container that is still being created");
    }
    if (record_.program.empty()) {
        // runtime.md#start wants an error here, the OCI validation suite a success and a
        // container that has stopped, as crun has it; nobody can take the one for the other.
        warnings.emplace_back(
            "config.json: /process: missing: there is no program to start; the container has stopped");
        kill_init();
        state_.end_wait_for_start();
        return;
    }
    const Channel connection(state_.connect_for_start());
    connection.send("s");
    // Whatever comes of it, it is not to be started again.
    state_.end_wait_for_start();
    await_execution(connection);
    let_program_begin(record_);
    run_poststart_hooks(warnings);
}

// The stub's answer: `s`, then the end (executed) or the errno of execve(2).
void Container::await_execution(const Channel& connection) const {
    if (!connection.receive())
        throw Error("cannot start a container that has stopped");
    while (const auto answer = receive_message(connection)) {
        if (answer->type == MessageType::not_executed)
            throw decode_not_executed(record_.program, answer->text);
        if (answer->type != MessageType::listener)
            throw decode_failure(answer->text).error;  // in words: init itself
        notify_listener(answer->descriptor.get());
        send_message(connection, MessageType::go);
    }
}

// Init had hooks to run before it could load its filter.
void Container::notify_listener(int fd) const {
    const spec::Config config = saved_config();
    const SeccompFilter filter = compile_seccomp(config.linux->seccomp.value());
    send_to_listener(filter.listener.value(), hook_state(Status::created), record_.pid, fd);
}

std::optional<Notifier> Container::notifier(const std::string& callers_socket) const {
    const UniqueFd directory = callers_socket.empty() ? UniqueFd() : state_.open_notify_directory();
    if (!directory)
        return std::nullopt;
    return Notifier(callers_socket, directory.get(), state_.notify_path());
}

void Container::await_ready(const Notifier& notifier) {
    state_.unlock();
    notifier.await_ready(record_.pid);
}

void Container::kill(int signal, bool all) {
    const Status now = status();
    const bool ended = now == Status::creating || now == Status::stopped;
    if (ended && !all)
        throw Error("container not running");
    // Without a pid namespace of its own nothing ends with init.
    const bool everybody = all || (signal == SIGKILL && !record_.own_pid_namespace);
    const std::vector<pid_t> reached = everybody ? signal_everybody(signal) : std::vector<pid_t>{};
    const bool init_reached = std::find(reached.begin(), reached.end(), record_.pid) != reached.end();
    const bool init_is_gone =
        ended || (!init_reached && !signal_process(record_.pid, record_.start_time, signal));
    if (reached.empty() && init_is_gone)
        throw Error("container not running");
    if (now == Status::paused && signal == SIGKILL)
        let_signals_through();
}

// Whom it has reached; what has outlived init too.
std::vector<pid_t> Container::signal_everybody(int signal) const {
    const CgroupLayout layout = CgroupLayout::detect();
    const Cgroup cgroup(layout, record_.cgroup);
    auto pids = cgroup.processes();
    if (signal == SIGKILL && cgroup.kill_at_once())
        return pids;
    for (const pid_t pid : pids)
        if (::kill(pid, signal) < 0 && errno != ESRCH)
            throw Error::last("send signal " + std::to_string(signal), "process " + std::to_string(pid));
    return pids;
}

std::vector<pid_t> Container::processes() const {
    const Status now = status();
    if (now == Status::creating || now == Status::stopped)
        throw Error("container not running");
    if (record_.cgroup.path.empty()) {
        if (!record_.own_pid_namespace)
            throw Error(
                "the container has neither a cgroup nor a pid namespace of its own: nothing tells its "
                "processes from others");
        return processes_of_namespace(record_.pid);
    }
    const CgroupLayout layout = CgroupLayout::detect();
    auto pids = Cgroup(layout, record_.cgroup).processes();
    std::sort(pids.begin(), pids.end());
    return pids;
}

void Container::pause() {
    switch (status()) {
        case Status::created:
        case Status::running:
            break;
        case Status::paused:
            throw Error("container paused");
        case Status::creating:
        case Status::stopped:
            throw Error("container not running");
    }
    const CgroupLayout layout = CgroupLayout::detect();
    freeze(Cgroup(layout, record_.cgroup));
}

void Container::resume() {
    if (status() != Status::paused)
        throw Error("container not paused");
    const CgroupLayout layout = CgroupLayout::detect();
    thaw(Cgroup(layout, record_.cgroup));
}

void Container::update(const spec::Resources& change, const spec::IntelRdt& schemata) {
    const Status now = status();
    if (now == Status::creating || now == Status::stopped)
        throw Error("container not running");
    spec::Config config = saved_config();
    spec::Linux& linux = config.linux ? *config.linux : config.linux.emplace();
    spec::Resources& present = linux.resources ? *linux.resources : linux.resources.emplace();
    spec::Resources updated = present;
    merge_resources(updated, complete_change(change, present));
    check_limits(config.ociVersion, updated, schemata);
    const auto lines = plan_rdt(schemata).lines;
    const std::string before = lines.empty() ? "" : change_schemata(record_.rdt, lines);
    try {
        update_resources(change, present);
    } catch (const Error&) {
        if (!lines.empty())
            restore_schemata(record_.rdt, before);
        throw;
    }
    if (linux.intelRdt && schemata.l3CacheSchema)
        linux.intelRdt->l3CacheSchema = schemata.l3CacheSchema;
    if (linux.intelRdt && schemata.memBwSchema)
        linux.intelRdt->memBwSchema = schemata.memBwSchema;
    state_.replace_config(to_text(encode(config), 0));
}

// present: what was set before, and is now.
void Container::update_resources(const spec::Resources& change, spec::Resources& present) {
    const CgroupLayout layout = CgroupLayout::detect();
    Cgroup cgroup(layout, record_.cgroup);
    const spec::Resources complete = complete_change(change, present);
    update_limits(cgroup, present, complete);
    if (!record_.cgroup.unit.empty()) {
        Systemd systemd = Systemd::connect(record_.cgroup.users_unit);
        const auto limits = layout.version == CgroupLayout::Version::v2 ? resource_writes_v2(complete)
                                                                        : resource_writes_v1(complete);
        SystemdProperties properties = limit_properties(limits, systemd.version());
        for (auto& property : io_properties(limits, cgroup.has("io", "io.bfq.weight")))
            properties.push_back(std::move(property));
        systemd.set_properties(record_.cgroup.unit, properties);
    }
    const spec::Resources before = present;
    merge_resources(present, complete);
    if (!record_.cgroup.unit.empty())  // systemd has written what it makes of them, be they new or not
        update_limits(cgroup, before, complete_change(present, before));
}

// A frozen cgroup of v1 holds even SIGKILL back; one of v2 doesn't.
void Container::let_signals_through() const {
    const CgroupLayout layout = CgroupLayout::detect();
    if (layout.version == CgroupLayout::Version::v1)
        thaw(Cgroup(layout, record_.cgroup));
}

void Container::kill_init() {
    if (!is_alive(record_))
        return;
    const UniqueFd fd(pidfd_open(record_.pid));
    if (!fd || !signal_process(record_.pid, record_.start_time, SIGKILL))
        return;
    if (is_frozen(record_.cgroup))
        let_signals_through();
    struct pollfd ended {
        fd.get(), POLLIN, 0
    };
    if (::poll(&ended, 1, kill_timeout_ms) == 0)
        throw Error("the container's init didn't end within " + std::to_string(kill_timeout_ms / 1000) +
                    " seconds of SIGKILL");
}

// systemd ends a scope without processes by itself; here it is waited for.
void Container::stop_unit(std::vector<std::string>& warnings) {
    try {
        Systemd::connect(record_.cgroup.users_unit).stop(record_.cgroup.unit);
    } catch (const Error& error) {
        warnings.push_back(error.what());
    }
}

void Container::destroy(std::vector<std::string>& warnings, const CgroupLayout* layout) {
    if (!state_.lock())
        return;
    kill_init();
    std::optional<spec::Config> config;
    try {
        config = config_with_hooks();
    } catch (const Error& error) {
        warnings.push_back(std::string(error.what()) + "; poststop hooks are not run");
    }
    if (!record_.cgroup.path.empty()) {
        const CgroupLayout detected = layout ? CgroupLayout{} : CgroupLayout::detect();
        Cgroup cgroup(layout ? *layout : detected, record_.cgroup);
        cgroup.kill_all();
        if (!record_.cgroup.unit.empty())
            stop_unit(warnings);
        cgroup.remove();
    }
    remove_resctrl(record_.rdt);
    try {
        detach_shared_root(record_.shared_root);
    } catch (const Error& error) {
        warnings.emplace_back(error.what());  // a joined mount namespace may be gone, and all in it
    }
    state_.remove();
    if (config && config->hooks)
        run_hooks_to_the_end(config->hooks->poststop, hook_state(Status::stopped), "poststop", warnings);
}

}  // namespace ocikit::run
