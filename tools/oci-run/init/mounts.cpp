#include <cerrno>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"
#include "kernel/mount.hpp"

namespace ocikit::run {

namespace {

std::string describe(const MountStep& step) {
    return "mounts[" + std::to_string(step.index) + "] (" + step.destination + ")";
}

UniqueFd bind_target(const MountStep& step, int source, RootPath& root) {
    struct stat st;
    if (::fstat(source, &st) < 0)
        throw Error::last("stat", step.source);
    return S_ISDIR(st.st_mode) ? root.make_directory(step.destination) : root.make_file(step.destination);
}

void make_bind(const MountStep& step, RootPath& root) {
    DetachedMount mount = [&] {
        try {
            return DetachedMount::copy(AT_FDCWD, step.source.c_str(), step.recursive_bind, step.source);
        } catch (const Error& error) {
            throw error.within("source");
        }
    }();
    mount.set(step.recursive_attributes, true);
    mount.set(step.attributes, false);
    UniqueFd target = bind_target(step, mount.fd(), root);
    mount.attach(target.get(), step.destination);
    root.leave_open(std::move(target));
    root.leave_open(mount.release());
}

void make_filesystem(const MountStep& step, RootPath& root) {
    const auto links = step.refuse_links ? RootPath::Links::refuse : RootPath::Links::follow;
    UniqueFd target = root.make_directory(step.destination, links);
    DetachedMount mount = DetachedMount::create(step.type, step.source, step.parameters, step.attributes.set);
    mount.set({.propagation = step.attributes.propagation}, false);
    mount.set(step.recursive_attributes, true);
    mount.attach(target.get(), step.destination);
    root.leave_open(std::move(target));
    root.leave_open(mount.release());
}

}  // namespace

void make_mounts(const InitPlan& plan, RootPath& root, const Cgroup& cgroup,
                 const std::function<void()>& join_cgroup) {
    bool joined = false;
    for (const auto& step : plan.mounts) {
        try {
            switch (step.kind) {
                case MountStep::Kind::bind:
                    make_bind(step, root);
                    break;
                case MountStep::Kind::filesystem:
                    make_filesystem(step, root);
                    break;
                case MountStep::Kind::cgroup: {
                    if (!joined)
                        join_cgroup();
                    joined = true;
                    const UniqueFd target = root.make_directory(step.destination);
                    mount_cgroup(step, target.get(), cgroup, root);
                    break;
                }
            }
            root.add_mount(step.destination);
        } catch (const Error& error) {
            throw error.within(describe(step));
        }
    }
    if (!joined)
        join_cgroup();
}

}  // namespace ocikit::run
