#include "init/enter.hpp"

#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/protocol.hpp"
#include "kernel/files.hpp"
#include "kernel/process.hpp"

namespace ocikit::run {

namespace {

// What needs the host's files and privileges; the result is for the labels.
UniqueFd prepare_outside(const EnterContext& context) {
    stop_ignoring_signals(context.ignored_signals);
    for (const auto& tasks : context.tasks)
        write_all(tasks.get(), "0", "tasks of the container's cgroup");
    if (context.plan.process.oom_score_adj)
        set_oom_score(*context.plan.process.oom_score_adj);
    raise_hard_limits(context.plan.process);
    return prepare_labels(context.plan.process.labels);
}

void join_namespaces(const EnterContext& context) {
    if (context.namespaces != 0 && ::setns(context.init, context.namespaces) < 0) {
        if (errno == ESRCH)
            throw Error("container not running");
        throw Error::last("join the namespaces", "of the container's init");
    }
    if (context.namespaces & CLONE_NEWUSER)
        become_namespace_root(context.plan.process);
    if (context.root >= 0 && (::fchdir(context.root) < 0 || ::chroot(".") < 0 || ::chdir("/") < 0))
        throw Error::last("enter the root filesystem", "of the container's init");
    // /proc/PID of this process is closed to the container until the program runs
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        throw Error::last("hide the process", "prctl");
}

// The child, which the command has as its own, goes on.
void fork_again(const EnterContext& context) {
    Process child = Process::clone(CLONE_PARENT, -1);
    if (child.pid() == 0)
        return;
    send_message(context.channel, MessageType::process, {}, child.fd());
    child.release();
    ::_exit(0);
}

UniqueFd open_console(const EnterContext& context) {
    if (!context.plan.process.terminal)
        return {};
    const UniqueFd root = open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
    return open_terminal(context.plan.process, RootPath(root.get()), context.channel);
}

void await_go(const Channel& channel) {
    const auto message = receive_message(channel);
    if (!message || message->type != MessageType::go)
        ::_exit(1);  // the command is gone, and with it whoever could be told
}

void become_program(const EnterContext& context, const UniqueFd& labels) {
    const ProcessPlan process = with_home(context.plan.process);
    const auto& filter = context.plan.seccomp;
    const UniqueFd console = open_console(context);
    if (::setsid() < 0)
        throw Error::last("make a session", "setsid");
    if (process.terminal)
        take_console(console);
    // The container runs, and may change its files between a look at them and execve(2):
    // never from oci-run's own image (CVE-2019-5736).
    const UniqueFd stub = make_stub();
    set_cpu_affinity(process.exec_affinity.final, "final");
    set_attributes(process);
    const bool in_place = try_working_directory(process);
    const CapabilitySets sets = take_credentials(process, context.channel, kept_for_filter(process, filter));
    enter_working_directory(process, in_place);
    const Program program = find_program(process, context.own_executable);
    check_labels(labels, process.labels);
    ::umask(process.umask.value_or(0022));
    set_limits(process);
    close_the_door(context.preserved_fds);
    await_go(context.channel);
    send_message(context.channel, MessageType::ready);
    load_filter(process, filter, sets, true, context.channel);
    execute_stub({stub, StubTask::execute, context.channel.fd(), stub_filter(process, filter), labels},
                 program.path, process);
}

void carry_out(const EnterContext& context) {
    const UniqueFd labels = prepare_outside(context);
    join_namespaces(context);
    if (context.fork_again)
        fork_again(context);
    if (context.plan.new_keyring)
        join_session_keyring(context.plan.id);
    become_program(context, labels);
}

}  // namespace

void run_entering(const EnterContext& context) {
    std::string failure;
    try {
        carry_out(context);
    } catch (const Error& error) {
        failure = encode_failure(error, {});
    } catch (const std::exception& error) {
        failure = encode_failure(Error(error.what()), {});
    }
    try {
        send_message(context.channel, MessageType::error, failure);
    } catch (const Error&) {
        // the command is gone; there is nobody to tell
    }
    ::_exit(1);
}

}  // namespace ocikit::run
