#include "init/init.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <linux/sched.h>
#include <optional>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "hooks.hpp"
#include "init/protocol.hpp"
#include "init/steps.hpp"
#include "kernel/netlink.hpp"

namespace ocikit::run {

namespace {

void join_namespaces(const InitContext& context) {
    for (std::size_t i = 0; i < context.namespaces.size(); ++i) {
        const JoinedNamespace& joined = context.plan.joined_namespaces[i];
        if (joined.type == CLONE_NEWPID)
            continue;
        if (::setns(context.namespaces[i].get(), static_cast<int>(joined.type)) < 0)
            throw Error::last("join the " + joined.name + " namespace", joined.path);
    }
}

// The text of the command's `go`.
std::string await_go(const InitContext& context) {
    auto message = receive_message(context.channel);
    if (!message)
        ::_exit(1);  // the command is gone, and with it whoever could be told
    if (message->type != MessageType::go)
        throw Error("stopped");  // the command has a reason of its own, which it tells
    return std::move(message->text);
}

// They are the command's to move: out of a namespace that isn't the container's.
void await_net_devices(const InitContext& context) {
    const Netlink netlink = Netlink::open();
    send_message(context.channel, MessageType::network, {}, netlink.fd());
    await_go(context);
}

// The cgroup is there, the state on disk.
void wait_for_command(const InitContext& context) {
    // the mask of signals that the command's caller had ignored
    stop_ignoring_signals(std::stoull(await_go(context)));
}

// Where systemd has to do with the cgroup, it is the command that puts init into it.
void join_v1(const InitContext& context) {
    const CgroupRecord& record = context.cgroup.record();
    if (context.cgroup.layout().version == CgroupLayout::Version::v1 && !record.path.empty() &&
        record.unit.empty())
        context.cgroup.join_v1();
}

void join_cgroup(const InitContext& context) {
    wait_for_command(context);
    if (!context.plan.in_user_namespace)
        join_v1(context);
    else if (context.plan.delegate_cgroup && !context.cgroup.record().path.empty())
        context.cgroup.delegate(context.plan.process->uid);  // if the command couldn't
    // Here, not in clone3(2): the namespace's root is the cgroup that init is in.
    if (context.plan.new_cgroup_namespace && ::unshare(CLONE_NEWCGROUP) < 0)
        throw Error::last("make the namespace", "cgroup");
}

// prestart and createRuntime hooks are the command's, createContainer hooks init's own:
// in the container's namespaces, but with the host's files (runtime.md#lifecycle).
void run_create_hooks(const InitContext& context, int root) {
    const InitPlan& plan = context.plan;
    if (!plan.create_hooks)
        return;
    send_message(context.channel, MessageType::hooks);
    await_go(context);
    spec::State state = plan.state;
    state.status = "creating";
    state.pid = ::getpid();
    if (::fchdir(root) < 0)  // as runc has it
        throw Error::last("chdir", "the root filesystem");
    run_hooks(plan.create_container_hooks, state, "createContainer", context.hook_streams);
}

// Everything in the root filesystem; the result is the terminal's slave, if there is one.
UniqueFd build_root(const InitContext& context, const Sources& sources, RootPath& root) {
    const InitPlan& plan = context.plan;
    UniqueFd console;
    const std::vector<LateReadonly> late = make_mounts(
        {plan, context.mount_sources, sources, context.cgroup, [&] { join_cgroup(context); }}, root);
    make_devices(plan, sources, root);
    if (plan.process) {
        if (plan.process->terminal)
            console = make_console(*plan.process, root, context.channel);
        if (plan.process->cwd != "/" && !root.try_open(plan.process->cwd, O_PATH | O_DIRECTORY) &&
            errno == ENOENT)
            root.make_directory(plan.process->cwd);
        if (plan.process->oom_score_adj && !plan.in_user_namespace)  // there it is the command's to set
            set_oom_score(*plan.process->oom_score_adj);
    }
    mask_paths(plan.masked_paths, plan.mount_label, root);
    make_paths_readonly(plan.readonly_paths, root);
    make_readonly(late);
    run_create_hooks(context, root.fd());
    return console;
}

bool filter_comes_first(const InitPlan& plan) {
    return plan.seccomp && plan.seccomp->listener && !plan.start_container_hooks.empty();
}

// The filter is for them too (so with runc and crun): they execute files of the container. Each of their
// processes loads it for itself, so that init's own calls need not be in the profile; but a listener
// has one descriptor, which init has then, before it runs them.
void run_start_hooks(const InitContext& context, const CapabilitySets& sets, const Channel& channel) {
    const InitPlan& plan = context.plan;
    if (plan.start_container_hooks.empty())
        return;
    HookPreparation prepare;
    if (filter_comes_first(plan))
        load_filter(*plan.process, plan.seccomp, sets, false, channel);
    else if (plan.seccomp)
        prepare = [&] { load_filter(*plan.process, plan.seccomp, sets, false, channel); };
    spec::State state = plan.state;
    state.status = "created";
    state.pid = ::getpid();
    run_hooks(plan.start_container_hooks, state, "startContainer", context.hook_streams, prepare);
}

// startContainer hooks belong to `start`, and they need more than the stub is: init
// waits as it is, and answers as the stub does, or with an error in words.
[[noreturn]] void become_program_after_start(const InitContext& context, const ProcessPlan& process,
                                             const Program& program, const UniqueFd& stub,
                                             const CapabilitySets& sets, const UniqueFd& labels) {
    close_the_door(context.preserved_fds);
    send_message(context.channel, MessageType::ready);
    ::close(context.channel.fd());
    const Channel connection(UniqueFd(::accept4(context.start_socket, nullptr, nullptr, SOCK_CLOEXEC)));
    if (connection.fd() < 0 || !connection.receive())
        ::_exit(1);
    connection.send("s");
    try {
        ::umask(process.umask.value_or(0022));
        run_start_hooks(context, sets, connection);
        set_limits(process);
        if (!filter_comes_first(context.plan))
            load_filter(process, context.plan.seccomp, sets, true, connection);
        execute_stub(
            {stub, StubTask::execute, connection.fd(), stub_filter(process, context.plan.seccomp), labels},
            program.path, process);
    } catch (const Error& error) {
        send_message(connection, MessageType::error, encode_failure(error, {}));
    }
    ::_exit(1);
}

// Whoever executes the program from oci-run's own image lets it name that image,
// /proc/self/exe (CVE-2019-5736). The stub's is nobody's. It is one more execve(2), and not
// needed where find_program has seen that the program is another, and nobody but
// this container reaches its files and processes meanwhile.
bool needs_stub(const InitPlan& plan, const Program& program) {
    const bool shares_files = std::any_of(plan.mounts.begin(), plan.mounts.end(), [](const MountStep& step) {
        return step.kind == MountStep::Kind::bind;
    });
    constexpr std::uint64_t own = CLONE_NEWPID | CLONE_NEWNS;
    return !program.seen_through || shares_files || (plan.new_namespaces & own) != own;
}

void become_program(const InitContext& context, const FileId& own, const UniqueFd& console,
                    const UniqueFd& labels) {
    const ProcessPlan process = with_home(*context.plan.process);
    if (::setsid() < 0)
        throw Error::last("make a session", "setsid");
    if (process.terminal)
        take_console(console);
    const bool waits = context.start_socket >= 0;
    UniqueFd stub = waits ? make_stub() : UniqueFd();
    if (!context.plan.in_user_namespace)
        raise_hard_limits(process);
    set_attributes(process);
    const bool in_place = try_working_directory(process);
    const CapabilitySets sets =
        take_credentials(process, context.channel, kept_for_filter(process, context.plan.seccomp));
    enter_working_directory(process, in_place);
    const Program program = find_program(process, own);
    if (!stub && needs_stub(context.plan, program))
        stub = make_stub();
    check_labels(labels, process.labels);
    if (waits && !context.plan.start_container_hooks.empty())
        become_program_after_start(context, process, program, stub, sets, labels);
    ::umask(process.umask.value_or(0022));
    run_start_hooks(context, sets, context.channel);
    set_limits(process);
    close_the_door(context.preserved_fds);
    send_message(context.channel, MessageType::ready);
    if (!stub)
        set_labels(labels, process.labels);
    if (!filter_comes_first(context.plan))
        load_filter(process, context.plan.seccomp, sets, static_cast<bool>(stub), context.channel);
    const SeccompFilter* const filter = stub_filter(process, context.plan.seccomp);
    if (waits)
        execute_stub({stub, StubTask::wait, context.start_socket, filter, labels}, program.path, process);
    if (stub)
        execute_stub({stub, StubTask::execute, context.channel.fd(), filter, labels}, program.path, process);
    execute(program.path, process);
}

// A configuration without a process can be created, but not started (config.md#process):
// init does nothing but wait for its end.
[[noreturn]] void wait_for_the_end(const InitContext& context) {
    ProcessPlan nothing;
    nothing.args = {""};
    if (::setsid() < 0)
        throw Error::last("make a session", "setsid");
    const UniqueFd stub = make_stub();
    take_credentials(nothing, context.channel);
    close_the_door(context.preserved_fds);
    send_message(context.channel, MessageType::ready);
    execute_stub({stub, StubTask::wait, context.start_socket, nullptr, UniqueFd()}, "", nothing);
}

// As the host's user still: what comes after this is the namespace's root, which has no
// rights to the host's cgroups, nor to its own files in /proc.
Sources enter_user_namespace(const InitContext& context) {
    Sources sources = receive_sources(context.channel);
    join_v1(context);
    if (!context.plan.clock_offsets.empty())
        make_time_namespace(context.plan.clock_offsets);
    become_namespace_root(context.plan.process.value_or(ProcessPlan{}));
    copy_connected(context.plan, sources);
    return sources;
}

void carry_out(const InitContext& context, std::optional<RootPath>& paths) {
    const InitPlan& plan = context.plan;
    const Sources sources = plan.in_user_namespace ? enter_user_namespace(context) : Sources{};
    // /proc/PID of this process is closed to the container until the program runs
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        throw Error::last("hide the process", "prctl");
    const FileId own = own_executable();
    join_namespaces(context);
    if (!plan.clock_offsets.empty() && !plan.in_user_namespace)
        make_time_namespace(plan.clock_offsets);
    if (plan.new_keyring)
        join_session_keyring(plan.id);
    set_names(plan);
    if (plan.new_namespaces & CLONE_NEWNET)
        bring_up_loopback();
    if (!plan.net_devices.empty())
        await_net_devices(context);
    set_sysctls(plan.sysctls, plan.in_user_namespace);
    const UniqueFd labels = plan.process ? prepare_labels(plan.process->labels) : UniqueFd();
    const UniqueFd root = prepare_root(plan, sources);
    paths.emplace(root.get());
    const UniqueFd console = build_root(context, sources, *paths);
    enter_root(paths->fd(), plan);
    if (!plan.process)
        wait_for_the_end(context);
    become_program(context, own, console, labels);
}

}  // namespace

void run_init(const InitContext& context) {
    std::optional<RootPath> paths;
    std::string failure;
    try {
        carry_out(context, paths);
    } catch (const Error& error) {
        failure = encode_failure(error, paths ? paths->made() : std::vector<std::string>{});
    } catch (const std::exception& error) {
        failure = encode_failure(Error(error.what()), paths ? paths->made() : std::vector<std::string>{});
    }
    try {
        send_message(context.channel, MessageType::error, failure);
    } catch (const Error&) {
        // the command is gone; there is nobody to tell
    }
    ::_exit(1);
}

}  // namespace ocikit::run
