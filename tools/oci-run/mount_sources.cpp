#include "mount_sources.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "kernel/files.hpp"
#include "kernel/mount.hpp"
#include "kernel/process.hpp"
#include "plan/mounts.hpp"

namespace ocikit::run {

namespace {

std::string map_text(const std::vector<spec::IdMapping>& mappings) {
    std::string text;
    for (const auto& mapping : mappings)
        text += std::to_string(mapping.containerID) + " " + std::to_string(mapping.hostID) + " " +
                std::to_string(mapping.size) + "\n";
    return text;
}

bool is_link(const std::string& path) {
    struct stat st;
    return ::lstat(path.c_str(), &st) == 0 && S_ISLNK(st.st_mode);
}

// A user namespace lives as long as its descriptor; its process is needed to make it only.
UniqueFd make_user_namespace(const MountMapping& mapping) {
    Process holder = Process::clone(CLONE_NEWUSER, -1);
    if (holder.pid() == 0)
        for (;;)
            ::pause();
    const std::string directory = "/proc/" + std::to_string(holder.pid());
    write_at(AT_FDCWD, (directory + "/uid_map").c_str(), map_text(mapping.uids), "uidMappings");
    write_at(AT_FDCWD, (directory + "/gid_map").c_str(), map_text(mapping.gids), "gidMappings");
    return open_at(AT_FDCWD, (directory + "/ns/user").c_str(), O_RDONLY);
}

UniqueFd open_user_namespace(const MountMapping& mapping) {
    if (!mapping.path.empty())
        return open_at(AT_FDCWD, mapping.path.c_str(), O_RDONLY);
    return make_user_namespace(mapping);
}

MountSource open_source(const MountStep& step) {
    MountSource source{.index = step.index, .mount = {}, .user_namespace = {}};
    if (step.mapping)
        source.user_namespace = open_user_namespace(*step.mapping);
    if (step.kind != MountStep::Kind::bind)
        return source;
    DetachedMount mount = copy_source(step);
    if (step.mapping)
        map_mount(mount.fd(), source.user_namespace.get(), step.mapping->recursive);
    source.mount = mount.release();
    return source;
}

}  // namespace

bool stays_connected(const MountStep& step) {
    const auto connects = [](std::uint64_t propagation) {
        return propagation == MS_SLAVE || propagation == MS_SHARED;
    };
    return connects(step.attributes.propagation) || connects(step.recursive_attributes.propagation);
}

DetachedMount copy_source(const MountStep& step) {
    try {
        return DetachedMount::copy(AT_FDCWD, step.source.c_str(), step.recursive_bind, step.source,
                                   step.follow_source ? 0 : AT_SYMLINK_NOFOLLOW);
    } catch (const Error& error) {
        throw error.within("source");
    }
}

std::vector<MountSource> open_mount_sources(const InitPlan& plan) {
    std::vector<MountSource> sources;
    for (const auto& step : plan.mounts) {
        // in a user namespace init copies the others: from there the flags that they have on the host stay
        const bool connected =
            step.kind == MountStep::Kind::bind && !plan.in_user_namespace && stays_connected(step);
        if ((!step.mapping && !connected) || (step.copy_link && is_link(step.source)))
            continue;
        try {
            sources.push_back(open_source(step));
        } catch (const Error& error) {
            throw error.within(describe(step));
        }
    }
    return sources;
}

}  // namespace ocikit::run
