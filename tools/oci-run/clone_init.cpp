// One clone3(2) makes init with all new namespaces. Init joins the others itself, but not
// where there is a user namespace: the ones to join may not be of it, and the new ones have
// to be. Then a process in between joins, and makes init a sibling of its own.
#include "clone_init.hpp"

#include <cerrno>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/protocol.hpp"
#include "kernel/channel.hpp"

namespace ocikit::run {

namespace {

std::vector<UniqueFd> open_namespaces(const InitPlan& plan) {
    std::vector<UniqueFd> fds;
    for (const auto& joined : plan.joined_namespaces) {
        UniqueFd fd(::open(joined.path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd)
            throw Error::last("open the " + joined.name + " namespace", joined.path);
        const int type = ::ioctl(fd.get(), NS_GET_NSTYPE);
        if (type < 0 || static_cast<std::uint64_t>(type) != joined.type)
            throw Error({.operation = "join the " + joined.name + " namespace",
                         .object = joined.path,
                         .reason = "it is not a namespace of that type"});
        fds.push_back(std::move(fd));
    }
    return fds;
}

std::uint64_t clone_flags(const InitPlan& plan) {
    return plan.new_namespaces & ~std::uint64_t(plan.clock_offsets.empty() ? 0 : CLONE_NEWTIME);
}

bool join(const UniqueFd& fd, const JoinedNamespace& joined) {
    return ::setns(fd.get(), static_cast<int>(joined.type)) == 0;
}

// A pid namespace is joined for the children of this process (pid_namespaces(7)); hooks
// are children too, and of the host: it is left again.
Process clone_alone(const InitPlan& plan, int cgroup, const std::vector<UniqueFd>& namespaces) {
    bool left = false;
    for (std::size_t i = 0; i < namespaces.size(); ++i) {
        if (plan.joined_namespaces[i].type != CLONE_NEWPID)
            continue;
        if (!join(namespaces[i], plan.joined_namespaces[i]))
            throw Error::last("join the pid namespace", plan.joined_namespaces[i].path);
        left = true;
    }
    Process process = Process::clone(clone_flags(plan), cgroup);
    if (left && process.pid() != 0) {
        const UniqueFd own(::open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
        if (!own || ::setns(own.get(), CLONE_NEWPID) < 0)
            throw Error::last("return to the own namespace", "/proc/self/ns/pid");
    }
    return process;
}

// First with the rights that this process has, then the user namespace, and with its
// rights the ones that it owns.
void join_all(const InitPlan& plan, const std::vector<UniqueFd>& namespaces) {
    // nobody in them is to reach this process before it is the container's
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        throw Error::last("hide the process", "prctl");
    std::vector<std::size_t> later;
    for (std::size_t i = 0; i < namespaces.size(); ++i)
        if (plan.joined_namespaces[i].type == CLONE_NEWUSER ||
            !join(namespaces[i], plan.joined_namespaces[i]))
            later.push_back(i);
    for (const bool user : {true, false})
        for (const std::size_t i : later) {
            const JoinedNamespace& joined = plan.joined_namespaces[i];
            if ((joined.type == CLONE_NEWUSER) == user && !join(namespaces[i], joined))
                throw Error::last(
                    "join the " + joined.name + " namespace", joined.path,
                    errno == EPERM ? "it is not of a user namespace that oci-run has rights in" : "");
        }
}

// The process in between; returns in init only.
void make_sibling(const InitPlan& plan, const std::vector<UniqueFd>& namespaces, const Channel& answer) {
    try {
        join_all(plan, namespaces);
        Process init = Process::clone(clone_flags(plan) | CLONE_PARENT, -1);
        if (init.pid() == 0)
            return;
        send_message(answer, MessageType::process, {}, init.fd());
        init.release();
    } catch (const Error& error) {
        send_message(answer, MessageType::error, encode_failure(error, {}));
    }
    ::_exit(0);
}

Process clone_through_sibling(const InitPlan& plan, int cgroup, const std::vector<UniqueFd>& namespaces) {
    auto [own_end, other_end] = Channel::make_pair();
    Process between = Process::clone(0, cgroup);
    if (between.pid() == 0) {
        own_end.close();
        make_sibling(plan, namespaces, other_end);
        return Process();
    }
    other_end.close();
    auto message = receive_message(own_end);
    between.wait();
    if (!message)
        throw Error("the process that joins the namespaces ended without a word");
    if (message->type == MessageType::error)
        throw decode_failure(message->text).error;
    const pid_t pid = pid_of(message->descriptor.get());
    if (pid == 0)
        throw Error("the container's process has ended before it began");
    return Process(pid, std::move(message->descriptor));
}

}  // namespace

Process clone_init(const InitPlan& plan, int cgroup, std::vector<UniqueFd>& to_join) {
    std::vector<UniqueFd> namespaces = open_namespaces(plan);
    if (plan.in_user_namespace && !namespaces.empty())
        return clone_through_sibling(plan, cgroup, namespaces);
    Process process = clone_alone(plan, cgroup, namespaces);
    to_join = std::move(namespaces);
    return process;
}

}  // namespace ocikit::run
