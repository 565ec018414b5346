// The begin of init in a user namespace.
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/protocol.hpp"
#include "init/steps.hpp"
#include "kernel/mount.hpp"
#include "mount_sources.hpp"

namespace ocikit::run {

namespace {

void keep_source(const InitMessage& message, UniqueFd descriptor, Sources& sources) {
    if (message.text == "root") {
        sources.root = std::move(descriptor);
        return;
    }
    const std::string_view number = std::string_view(message.text).substr(message.text.find(' ') + 1);
    std::size_t index = 0;
    std::from_chars(number.data(), number.data() + number.size(), index);
    (message.text.starts_with("node ") ? sources.nodes : sources.binds)[index] = std::move(descriptor);
}

// 0, or where that isn't mapped the user (and group) of the program: a process whose ids
// are none of the namespace's can make no file.
template <class SetId>
void become(std::uint32_t programs_id, const char* what, SetId set_id) {
    if (set_id(0) == 0 || (errno == EINVAL && set_id(programs_id) == 0))
        return;
    throw Error::last("enter the user namespace", what,
                      errno == EINVAL ? "neither 0 nor the program's is mapped there" : "");
}

}  // namespace

Sources receive_sources(const Channel& channel) {
    Sources sources;
    for (;;) {
        auto message = receive_message(channel);
        if (!message)
            ::_exit(1);
        if (message->type == MessageType::go)
            return sources;
        if (message->type != MessageType::source)
            throw Error("stopped");
        keep_source(*message, std::move(message->descriptor), sources);
    }
}

void copy_connected(const InitPlan& plan, Sources& sources) {
    for (const auto& step : plan.mounts) {
        if (step.kind != MountStep::Kind::bind || step.mapping || !stays_connected(step))
            continue;
        const auto opened = sources.binds.find(step.index);
        struct stat st;
        if (step.copy_link && opened != sources.binds.end() && ::fstat(opened->second.get(), &st) == 0 &&
            S_ISLNK(st.st_mode))
            continue;
        DetachedMount copy = opened == sources.binds.end()
                                 ? copy_source(step)
                                 : DetachedMount::copy(opened->second.get(), step.recursive_bind);
        sources.copies[step.index] = copy.release();
    }
}

void become_namespace_root(const ProcessPlan& process) {
    // denied where an ordinary user has mapped its own group only
    if (!process.keep_groups && ::setgroups(0, nullptr) < 0 && errno != EPERM)
        throw Error::last("leave the groups of the host", "setgroups");
    const auto set_group = [](gid_t id) { return ::setresgid(id, id, id); };
    const auto set_user = [](uid_t id) { return ::setresuid(id, id, id); };
    become(process.gid, "group", set_group);
    become(process.uid, "user", set_user);
}

void make_time_namespace(const std::string& offsets) {
    if (::unshare(CLONE_NEWTIME) < 0)
        throw Error::last("make the namespace", "time");
    const UniqueFd file(::open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC));
    if (!file || ::write(file.get(), offsets.data(), offsets.size()) < 0)
        throw Error::last("write /proc/self/timens_offsets", "config.json: /linux/timeOffsets",
                          errno == ERANGE ? "a clock would be below 0, or centuries ahead" : "");
    // into the namespace now, rather than with the next execve(2) (Linux 6.1)
    const UniqueFd made(::open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC));
    if (!made || ::setns(made.get(), CLONE_NEWTIME) < 0)
        throw Error::last("enter the namespace", "time");
}

}  // namespace ocikit::run
