#include "enter.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "cgroup/join.hpp"
#include "checked.hpp"
#include "handover.hpp"
#include "init/enter.hpp"
#include "init/protocol.hpp"
#include "kernel/files.hpp"
#include "kernel/id_map.hpp"
#include "kernel/pidfd.hpp"
#include "plan/make_plan.hpp"
#include "resctrl.hpp"
#include "seccomp/listener.hpp"
#include "terminal.hpp"
#include "user_namespace.hpp"

namespace ocikit::run {

namespace {

struct Namespace {
    const char* file;  // in /proc/PID/ns
    int flag;
};
constexpr Namespace namespaces[] = {
    {"cgroup", CLONE_NEWCGROUP}, {"ipc", CLONE_NEWIPC},   {"mnt", CLONE_NEWNS},    {"net", CLONE_NEWNET},
    {"pid", CLONE_NEWPID},       {"time", CLONE_NEWTIME}, {"user", CLONE_NEWUSER}, {"uts", CLONE_NEWUTS},
};

// The flags of the namespaces of a process that aren't this one's.
int foreign_namespaces(pid_t pid) {
    int flags = 0;
    for (const auto& one : namespaces) {
        struct stat theirs, own;
        const std::string name = "/ns/" + std::string(one.file);
        if (::stat(("/proc/" + std::to_string(pid) + name).c_str(), &theirs) < 0) {
            if (errno == ENOENT)  // this kernel has no namespaces of that type, or there is no such process
                continue;
            throw Error::last("look at the container's namespaces", "/proc/" + std::to_string(pid) + name);
        }
        if (::stat(("/proc/self" + name).c_str(), &own) == 0 && theirs.st_ino != own.st_ino)
            flags |= one.flag;
    }
    return flags;
}

// Not config.json is what they speak of.
std::string reworded(const std::string& text, const std::string& name) {
    constexpr std::string_view usual = "config.json: /process";
    constexpr std::string_view program = "/args/0: ";
    if (!text.starts_with(usual))
        return text;
    const std::string rest = text.substr(usual.size());
    if (!name.empty())
        return name + ": " + rest;
    return rest.starts_with(program) ? rest.substr(program.size()) : "process: " + rest;
}

UniqueFd open_init(const Container& container) {
    const Record& record = container.record();
    UniqueFd init(pidfd_open(record.pid));
    const auto stat = init ? read_process_stat(record.pid) : std::nullopt;
    if (!stat || stat->start_time != record.start_time)
        throw Error("container not running");
    return init;
}

class Enterer {
  public:
    Enterer(const Container& container, const EnterRequest& request, const EnterPlan& plan)
        : container_(container),
          request_(request),
          plan_(plan),
          layout_(container.record().cgroup.path.empty() ? CgroupLayout{} : CgroupLayout::detect()),
          cgroup_(layout_, container.record().cgroup) {}

    Entered run(std::vector<std::string>& warnings) {
        start();
        try {
            UniqueFd console = follow(warnings);
            if (!request_.pidfd_socket.empty())
                send_descriptor(request_.pidfd_socket, "setns", process_.fd());
            if (console && !request_.foreground) {
                send_descriptor(request_.console_socket, console_name_, console.get());
                console.reset();
            }
            return {std::move(process_), std::move(console)};
        } catch (...) {
            if (pid_file_written_)
                ::unlink(request_.pid_file.c_str());
            throw;
        }
    }

  private:
    void start() {
        const UniqueFd init = open_init(container_);
        int flags = foreign_namespaces(container_.record().pid);
        // To join a pid namespace takes rights in its user namespace, which are gained by joining that.
        const bool fork_again = (flags & CLONE_NEWUSER) != 0 && (flags & CLONE_NEWPID) != 0;
        if (!fork_again && flags & CLONE_NEWPID) {
            // of the children of this process (pid_namespaces(7)): saves one of them
            if (::setns(init.get(), CLONE_NEWPID) < 0)
                throw Error::last("join the pid namespace", "of the container's init");
            flags &= ~CLONE_NEWPID;
        }
        // config.md#linux-process: that of the runtime's process, before it is in the cgroup
        set_cpu_affinity(plan_.process.exec_affinity.initial, "initial");
        const auto own = read_process_stat(::getpid());
        std::vector<UniqueFd> tasks;
        if (layout_.version == CgroupLayout::Version::v1)
            tasks = open_tasks(cgroup_, request_.cgroups);
        UniqueFd root;
        if (container_.record().shared_root.mount_id != 0)
            root = open_at(AT_FDCWD, ("/proc/" + std::to_string(container_.record().pid) + "/root").c_str(),
                           O_PATH | O_DIRECTORY);
        auto [command_end, entering_end] = Channel::make_pair();
        const FileId own_file = own_executable();
        process_ = clone(!fork_again);
        if (process_.pid() == 0) {
            command_end.close();
            run_entering({plan_, entering_end, init.get(), flags, root.get(), fork_again, tasks,
                          own ? own->ignored_signals : 0, own_file, request_.preserve_fds});
        }
        channel_ = std::move(command_end);
        if (!fork_again)
            let_go();
    }

    // hidden: it is in the container's pid namespace from its first moment on, and nothing
    // there shall reach into it.
    Process clone(bool hidden) {
        UniqueFd directory;
        if (layout_.version == CgroupLayout::Version::v2)
            directory = open_directory_v2(cgroup_, request_.cgroups);
        if (hidden && ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
            throw Error::last("hide the process", "prctl");
        Process process = clone_into(directory);
        if (hidden && process.pid() != 0)
            ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        return process;
    }

    Process clone_into(const UniqueFd& directory) {
        try {
            return Process::clone(0, directory.get());
        } catch (const Error& error) {
            // The container has made cgroups in its own, which takes no processes any more
            // (cgroup-v2.rst, "No Internal Process Constraint"): then where its init is.
            if (!directory || !request_.cgroups.empty() ||
                (error.code() != EBUSY && error.code() != EOPNOTSUPP))
                throw;
            return Process::clone(0, open_directory_of_v2(layout_, container_.record().pid).get());
        }
    }

    // What must be done before the program runs.
    void let_go() {
        if (!request_.pid_file.empty()) {
            write_pid_file(request_.pid_file, process_.pid());
            pid_file_written_ = true;
        }
        if (plan_.process.in_user_namespace)
            give_standard_streams(container_.record().pid, plan_.process);
        join_resctrl(container_.record().rdt, process_.pid());
        try {
            send_message(channel_, MessageType::go);
        } catch (const Error& error) {
            if (error.code() != EPIPE)  // it has failed already; its message says why
                throw;
        }
    }

    // Takes messages until the process has become the program, or has failed.
    UniqueFd follow(std::vector<std::string>& warnings) {
        UniqueFd console;
        bool ready = false;
        while (auto message = receive_message(channel_)) {
            switch (message->type) {
                case MessageType::process: {
                    process_.wait();
                    const pid_t pid = pid_of(message->descriptor.get());
                    if (pid == 0)
                        throw Error("container not running");
                    process_ = Process(pid, std::move(message->descriptor));
                    let_go();
                    break;
                }
                case MessageType::console:
                    console = std::move(message->descriptor);
                    console_name_ = message->text;
                    break;
                case MessageType::warning:
                    warnings.push_back(reworded(message->text, request_.process_name));
                    break;
                case MessageType::error:
                    throw decode_failure(message->text).error;
                case MessageType::not_executed:
                    throw decode_not_executed(request_.process.args.front(), message->text);
                case MessageType::listener:
                    send_to_listener(plan_.seccomp->listener.value(),
                                     container_.hook_state(container_.status()), process_.pid(),
                                     message->descriptor.get());
                    send_message(channel_, MessageType::go);
                    break;
                case MessageType::ready:
                    ready = true;
                    break;
                case MessageType::network:
                case MessageType::hooks:
                case MessageType::go:
                case MessageType::stop:
                case MessageType::source:
                    break;
            }
        }
        if (!ready)
            throw Error("the process ended before its program was executed (exit status " +
                        std::to_string(process_.wait().code) + ")");
        return console;
    }

    const Container& container_;
    const EnterRequest& request_;
    const EnterPlan& plan_;
    CgroupLayout layout_;
    Cgroup cgroup_;
    Process process_;
    Channel channel_;
    std::string console_name_;
    bool pid_file_written_ = false;
};

void check_status(const Container& container, bool ignore_paused) {
    switch (container.status()) {
        case Status::created:
        case Status::running:
            return;
        case Status::creating:
            throw Error("cannot exec in a container that is still being created");
        case Status::stopped:
            throw Error("cannot exec in a stopped container: container not running");
        case Status::paused:
            if (!ignore_paused)
                throw Error("cannot exec in a paused container (use --ignore-paused to override)");
    }
}

bool has_user_namespace(const spec::Linux& linux) {
    return std::any_of(linux.namespaces.begin(), linux.namespaces.end(),
                       [](const auto& one) { return one.type == spec::NamespaceType::user; });
}

EnterPlan make_enter_plan(const Container& container, const spec::Config& config, const EnterRequest& request,
                          std::vector<std::string>& warnings) {
    refuse_unsupported(request.process);
    check_process(config, request.process);
    EnterPlan plan;
    plan.id = container.record().id;
    plan.process = plan_process(request.process, warnings);
    plan_annotations(config.annotations, plan.process, warnings);
    leave_out_apparmor_without_it(plan.process, warnings);
    plan.process.in_user_namespace = is_rootless() || (config.linux && has_user_namespace(*config.linux));
    plan.new_keyring = container.record().new_keyring;
    if (config.linux)
        plan_attributes(*config.linux, plan.process);
    if (config.linux && config.linux->seccomp)
        plan.seccomp = compile_seccomp(*config.linux->seccomp);
    if (plan.process.terminal && request.foreground)
        take_callers_size(plan.process);
    return plan;
}

}  // namespace

Entered enter(const Container& container, const spec::Config& config, EnterRequest request,
              std::vector<std::string>& warnings) {
    check_status(container, request.ignore_paused);
    try {
        std::vector<std::string> planned;
        const EnterPlan plan = make_enter_plan(container, config, request, planned);
        for (const auto& warning : planned)
            warnings.push_back(reworded(warning, request.process_name));
        check_console(plan.process.terminal, request.foreground, !request.console_socket.empty());
        return Enterer(container, request, plan).run(warnings);
    } catch (const Error& error) {
        throw Error::received(reworded(error.what(), request.process_name), error.code(), error.hint());
    }
}

}  // namespace ocikit::run
