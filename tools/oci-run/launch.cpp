#include "launch.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "cgroup/cgroup.hpp"
#include "cgroup/systemd_io.hpp"
#include "clone_init.hpp"
#include "handover.hpp"
#include "hooks.hpp"
#include "init/init.hpp"
#include "init/protocol.hpp"
#include "init/steps.hpp"
#include "kernel/id_map.hpp"
#include "kernel/root_path.hpp"
#include "mount_sources.hpp"
#include "net_devices.hpp"
#include "preparation.hpp"
#include "resctrl.hpp"
#include "seccomp/listener.hpp"
#include "shared_root.hpp"
#include "user_namespace.hpp"

namespace ocikit::run {

namespace {

constexpr int withdrawal_ms = 5000;

Record make_record(const LaunchRequest& request, const spec::Config& config, const InitPlan& plan,
                   const std::string& bundle) {
    Record record;
    record.id = request.id;
    record.bundle = bundle;
    record.root = plan.root;
    record.created = timestamp();
    record.owner = ::geteuid();
    if (config.process)
        record.program = config.process->args.front();
    record.own_pid_namespace = (plan.new_namespaces & CLONE_NEWPID) != 0;
    record.new_keyring = request.new_keyring;
    record.hooks = config.hooks && (!config.hooks->poststart.empty() || !config.hooks->poststop.empty());
    record.annotations = config.annotations;
    return record;
}

void run_command_hooks(const spec::Config& config, const InitPlan& plan, pid_t pid,
                       const HookStreams& streams) {
    spec::State state = plan.state;
    state.pid = pid;
    // before 1.1.0 prestart hooks belonged to `start`: what is written for them expects the state of then
    state.status = "created";
    run_hooks(config.hooks->prestart, state, "prestart", streams);
    state.status = "creating";
    run_hooks(config.hooks->createRuntime, state, "createRuntime", streams);
}

// The unit that systemd has made for a container; ended again unless it is kept.
class RunningUnit {
  public:
    RunningUnit(const Preparation& prepared, const Cgroup& cgroup) : prepared_(prepared), cgroup_(cgroup) {}
    RunningUnit(const RunningUnit&) = delete;
    RunningUnit& operator=(const RunningUnit&) = delete;
    ~RunningUnit() {
        if (!made_)
            return;
        try {
            cgroup_.kill_all();
            prepared_.systemd->stop(prepared_.unit.name);
        } catch (const Error&) {
            // the error that brought us here is the one to be told
        }
    }

    void start(const std::string& id, pid_t pid) {
        made_ = prepared_.systemd->start(prepared_.unit, prepared_.unit_properties, "oci-run container " + id,
                                         pid);
    }
    void keep() { made_ = false; }

  private:
    const Preparation& prepared_;
    const Cgroup& cgroup_;
    bool made_ = false;
};

// Makes the parts of a container one by one; what it holds when something fails goes
// again, in the opposite order: network devices, process, cgroup, state.
class Launcher {
  public:
    Launcher(const LaunchRequest& request, const Preparation& prepared, bool& hooks_reached)
        : request_(request),
          prepared_(prepared),
          hooks_reached_(hooks_reached),
          state_(StateDir::create(request.state_root, request.id)),
          cgroup_(*prepared.layout, prepared.cgroup_path, prepared.unit.name, prepared.users_unit),
          unit_(prepared, cgroup_) {
        if (prepared.config.hooks)
            hook_streams_ = open_hook_streams(prepared.config.annotations);
    }

    Launched run(std::vector<std::string>& warnings) {
        save_state();
        start_init();
        try {
            if (prepared_.plan.in_user_namespace)
                give_ids(warnings);
            finish_outside();
            std::string console_name;
            UniqueFd console = follow_init(warnings, console_name);
            if (console && !request_.foreground)
                send_descriptor(request_.console_socket, console_name, console.get());
            if (!request_.pidfd_socket.empty())
                send_descriptor(request_.pidfd_socket, "standard", process_.fd());
            state_.keep();
            unit_.keep();
            cgroup_.keep();
            kept_ = true;
            net_devices_.keep();
            if (resctrl_)
                resctrl_->keep();
            state_.unlock();
            return {std::move(state_), std::move(record_), std::move(process_),
                    prepared_.layout,  std::move(console), std::move(notifier_)};
        } catch (...) {
            if (pid_file_written_)
                ::unlink(request_.pid_file.c_str());
            withdraw();
            throw;
        }
    }

    ~Launcher() {
        if (kept_)
            return;
        try {
            unshare_root();
        } catch (const Error&) {
            // there is an error to be told already
        }
    }

  private:
    // Before there is anything to leave behind: what is cut off after this can be deleted.
    void save_state() {
        if (prepared_.config.hooks)
            state_.announce_hooks();
        state_.save_config(prepared_.document.text());
        if (!request_.notify_socket.empty())
            make_notifier();
        record_ = make_record(request_, prepared_.config, prepared_.plan, prepared_.bundle);
        record_.cgroup = cgroup_.expected_record();
        if (prepared_.plan.rdt) {
            resctrl_.emplace(find_resctrl(), *prepared_.plan.rdt, request_.id);
            record_.rdt = resctrl_->record();
        }
        state_.save(record_);
    }

    // The program of `run` may tell something at once; that of `create` waits for `start`, which
    // may come from another caller.
    void make_notifier() {
        state_.make_notify_directory();
        if (!request_.wait_for_start)
            notifier_.emplace(request_.notify_socket, state_.open_notify_directory().get(),
                              state_.notify_path());
    }

    void make_cgroup() {
        cgroup_.make();
        if (!prepared_.cgroup_path.empty())
            set_limits();
    }

    // One that is cloned into a cgroup is one more there, but not one that moves: config-linux.md#pids
    // wants a limit of 0 to be possible.
    static bool denies_clone(const CgroupWrite& limit) {
        return limit.file == "pids.max" && limit.text == "0";
    }

    void set_limits() {
        if (prepared_.systemd)  // before it is done exactly: systemd writes what it makes of them
            prepared_.systemd->set_properties(
                prepared_.unit.name, io_properties(prepared_.limits, cgroup_.has("io", "io.bfq.weight")));
        std::vector<CgroupWrite> first;
        for (const auto& limit : prepared_.limits)
            (clones_into_cgroup() && denies_clone(limit) ? limits_after_clone_ : first).push_back(limit);
        cgroup_.write(first);
        if (!prepared_.rootless)  // whose containers have no devices but the host's, and its rights to them
            cgroup_.apply(prepared_.device_rules);
    }

    // Not where systemd makes it, which does that with a process that is there.
    bool clones_into_cgroup() const {
        return prepared_.layout->version == CgroupLayout::Version::v2 && !prepared_.cgroup_path.empty() &&
               !prepared_.systemd;
    }
    // Or else while init mounts. In a user namespace it loses the right to join one soon.
    bool cgroup_comes_first() const {
        return !prepared_.systemd && (clones_into_cgroup() || prepared_.plan.in_user_namespace);
    }

    void start_unit() {
        try {
            unit_.start(request_.id, process_.pid());
        } catch (const Error&) {
            // of an init that has failed meanwhile there is no unit; its message says why
            struct pollfd readable {
                channel_.fd(), POLLIN, 0
            };
            if (::poll(&readable, 1, 0) == 1)
                if (const auto message = receive_message(channel_);
                    message && message->type == MessageType::error)
                    fail_as_init(decode_failure(message->text));
            throw;
        }
    }

    void start_init() {
        const UniqueFd start_socket = request_.wait_for_start ? state_.listen_for_start() : UniqueFd();
        std::vector<UniqueFd> namespaces;
        const std::vector<MountSource> sources = open_mount_sources(prepared_.plan);
        share_root();
        UniqueFd directory;
        if (cgroup_comes_first())
            make_cgroup();
        if (clones_into_cgroup())
            directory = cgroup_.open_v2();
        auto [command_end, init_end] = Channel::make_pair();
        process_ = clone_init(prepared_.plan, directory.get(), namespaces);
        if (process_.pid() == 0) {
            command_end.close();
            run_init({prepared_.plan, cgroup_, init_end, namespaces, sources, start_socket.get(),
                      request_.listen_fds + request_.preserve_fds, hook_streams_});
        }
        channel_ = std::move(command_end);
    }

    void share_root() {
        if (prepared_.plan.new_namespaces & CLONE_NEWNS)
            return;
        record_.shared_root = attach_shared_root(prepared_.plan);
        state_.save(record_);
    }

    // Init does nothing before it has its ids.
    void give_ids(std::vector<std::string>& warnings) {
        const pid_t pid = process_.pid();
        const InitPlan& plan = prepared_.plan;
        write_mappings(pid, plan);
        if (plan.process) {
            set_oom_score(pid, *plan.process, warnings);
            raise_hard_limits(*plan.process, pid);
            give_standard_streams(pid, *plan.process);
        }
        send_sources(pid, plan, channel_);
        send_devices(pid, plan, state_, channel_);
        send_message(channel_, MessageType::go);
    }

    // An ordinary user can't give it away; init, root of the user namespace, can.
    void delegate_cgroup() const {
        const InitPlan& plan = prepared_.plan;
        if (!plan.delegate_cgroup || prepared_.cgroup_path.empty() || ::geteuid() != 0)
            return;
        std::optional<std::uint32_t> user = plan.process->uid;
        if (plan.in_user_namespace)
            user = IdMap::of_process(process_.pid(), IdMap::Kind::users).outside(plan.process->uid);
        if (user)
            cgroup_.delegate(*user);
    }

    // While init mounts: what it has to wait for before it joins its cgroup.
    void finish_outside() {
        if (prepared_.systemd)
            start_unit();
        if (!cgroup_comes_first())
            make_cgroup();
        cgroup_.write(limits_after_clone_);
        if (prepared_.systemd)
            cgroup_.take_in(process_.pid());
        delegate_cgroup();
        const auto stat = read_process_stat(process_.pid());
        record_.pid = process_.pid();
        record_.start_time = stat ? stat->start_time : 0;
        record_.cgroup = cgroup_.record();
        if (resctrl_)
            resctrl_->apply(record_.pid);
        state_.save(record_);
        if (!request_.pid_file.empty()) {
            write_pid_file(request_.pid_file, record_.pid);
            pid_file_written_ = true;
        }
        move_net_devices();
        try {
            send_message(channel_, MessageType::go, std::to_string(stat ? stat->ignored_signals : 0));
        } catch (const Error& error) {
            if (error.code() != EPIPE)  // init has failed already; its message says why
                throw;
        }
    }

    void move_net_devices() {
        if (prepared_.plan.net_devices.empty())
            return;
        auto message = receive_message(channel_);
        if (!message)
            fail_without_word();
        if (message->type == MessageType::error)
            fail_as_init(decode_failure(message->text));
        net_devices_.move(prepared_.plan.net_devices, Netlink(std::move(message->descriptor)));
        send_message(channel_, MessageType::go);
    }

    // Takes init's messages until it has become the program, or has failed.
    UniqueFd follow_init(std::vector<std::string>& warnings, std::string& console_name) {
        UniqueFd console;
        bool ready = false;
        while (auto message = receive_message(channel_)) {
            switch (message->type) {
                case MessageType::console:
                    console = std::move(message->descriptor);
                    console_name = message->text;
                    break;
                case MessageType::warning:
                    warnings.push_back(message->text);
                    break;
                case MessageType::error:
                    fail_as_init(decode_failure(message->text));
                case MessageType::hooks:
                    hooks_reached_ = true;
                    run_command_hooks(prepared_.config, prepared_.plan, process_.pid(), hook_streams_);
                    send_message(channel_, MessageType::go);
                    break;
                case MessageType::listener:
                    notify_listener(message->descriptor.get());
                    break;
                case MessageType::ready:
                    ready = true;
                    break;
                case MessageType::not_executed:
                    throw decode_not_executed(record_.program, message->text);
                case MessageType::process:
                case MessageType::network:
                case MessageType::go:
                case MessageType::stop:
                case MessageType::source:
                    break;
            }
        }
        if (!ready)
            fail_without_word();
        return console;
    }

    void notify_listener(int fd) {
        spec::State state = prepared_.plan.state;
        state.status = "creating";
        state.pid = process_.pid();
        send_to_listener(prepared_.plan.seccomp->listener.value(), state, process_.pid(), fd);
        send_message(channel_, MessageType::go);
    }

    [[noreturn]] void fail_as_init(const InitFailure& failure) {
        take_back(failure);
        throw failure.error;
    }

    [[noreturn]] void fail_without_word() {
        const int status = process_.wait().code;
        throw Error(
            "the container's process ended before its program was executed (exit status " +
                std::to_string(status) + ")",
            status == 128 + SIGKILL ? "a memory limit below what oci-run itself needs does this" : "");
    }

    // What init has made in the root filesystem goes too.
    void take_back(const InitFailure& failure) {
        process_.wait();  // its mounts are gone with it, if they were its own
        if (record_.shared_root.mount_id != 0)
            return unshare_root(failure.made);
        const UniqueFd root(::open(prepared_.plan.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (root)
            remove_made(root.get(), failure.made);
    }

    void unshare_root(const std::vector<std::string>& made = {}) {
        detach_shared_root(record_.shared_root, made);
        record_.shared_root = {};
    }

    // The command itself has failed: init, if it is still there, tells what it has made.
    void withdraw() noexcept {
        if (process_.pid() == 0)
            return;
        try {
            send_message(channel_, MessageType::stop);
            struct pollfd readable {
                channel_.fd(), POLLIN, 0
            };
            while (::poll(&readable, 1, withdrawal_ms) == 1) {
                const auto message = receive_message(channel_);
                if (message && message->type != MessageType::error)
                    continue;
                if (message)
                    take_back(decode_failure(message->text));
                return;
            }
        } catch (const Error&) {
            // it has gone without a word; there is an error to be told already
        }
    }

    const LaunchRequest& request_;
    const Preparation& prepared_;
    bool& hooks_reached_;
    StateDir state_;
    Record record_;
    Cgroup cgroup_;
    RunningUnit unit_;
    Process process_;
    std::optional<Resctrl> resctrl_;
    MovedDevices net_devices_;
    HookStreams hook_streams_;
    std::vector<CgroupWrite> limits_after_clone_;
    std::optional<Notifier> notifier_;
    Channel channel_;
    bool pid_file_written_ = false;
    bool kept_ = false;
};

}  // namespace

Launched launch(const LaunchRequest& request, std::vector<std::string>& warnings) {
    check_id(request.id);
    hold_listen_fds(request.listen_fds);
    check_preserved(3 + request.listen_fds, request.preserve_fds);
    const Preparation prepared = prepare(request, warnings);
    bool hooks_reached = false;
    try {
        return Launcher(request, prepared, hooks_reached).run(warnings);
    } catch (const Error&) {
        // From its first hook on, a container that fails is destroyed as any other (runtime.md#lifecycle).
        if (hooks_reached) {
            spec::State state = prepared.plan.state;
            state.status = "stopped";
            state.pid = 0;
            run_hooks_to_the_end(prepared.config.hooks->poststop, state, "poststop", warnings);
        }
        throw;
    }
}

}  // namespace ocikit::run
