#include "cgroup/freezer.hpp"

#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <optional>

#include <ocikit/error.hpp>

#include "kernel/files.hpp"

namespace ocikit::run {

namespace {

constexpr int patience_ms = 10000;

void sleep_ms(long ms) {
    const struct timespec time { 0, ms * 1000000 };
    ::nanosleep(&time, nullptr);
}

std::optional<std::string> read_if_there(const std::string& path) {
    return read_unless(AT_FDCWD, path.c_str(), {ENOENT, ENODEV});
}

bool is_frozen_in(const std::string& directory, CgroupLayout::Version version) {
    if (version == CgroupLayout::Version::v2) {
        const auto events = read_if_there(directory + "/cgroup.events");
        return events && events->find("frozen 1") != std::string::npos;
    }
    const auto state = read_if_there(directory + "/freezer.state");
    return state && state->starts_with("FROZEN");
}

std::string directory_of(const Cgroup& cgroup) {
    const CgroupLayout& layout = cgroup.layout();
    if (cgroup.record().path.empty() || layout.version == CgroupLayout::Version::none)
        throw Error("the container has no cgroup, and only a cgroup can be paused");
    const CgroupHierarchy* const hierarchy =
        layout.version == CgroupLayout::Version::v2 ? &layout.hierarchies.front() : layout.find("freezer");
    if (!hierarchy)
        throw Error("the cgroup v1 controller freezer isn't mounted on this machine",
                    "mount it on /sys/fs/cgroup/freezer");
    return hierarchy->directory + "/" + cgroup.record().path;
}

void set(const Cgroup& cgroup, bool frozen) {
    const auto version = cgroup.layout().version;
    const std::string directory = directory_of(cgroup);
    const bool v2 = version == CgroupLayout::Version::v2;
    const std::string file = directory + (v2 ? "/cgroup.freeze" : "/freezer.state");
    const auto write = [&](bool value) {
        write_at(AT_FDCWD, file.c_str(), v2 ? (value ? "1" : "0") : (value ? "FROZEN" : "THAWED"));
    };
    write(frozen);
    for (int waited = 0; is_frozen_in(directory, version) != frozen; ++waited) {
        if (waited == patience_ms) {
            write(!frozen);
            throw Error({.operation = frozen ? "pause" : "resume",
                         .object = file,
                         .reason = "not done within " + std::to_string(patience_ms / 1000) + " seconds",
                         .hint = frozen ? "a process that waits for a device can't be held"
                                        : "a cgroup above it is paused"});
        }
        // v1 tries to freeze when it is told to, and new processes may have come between
        if (!v2 && frozen && waited % 20 == 19) {
            write(false);
            write(true);
        }
        sleep_ms(1);
    }
}

}  // namespace

void freeze(const Cgroup& cgroup) {
    set(cgroup, true);
}

void thaw(const Cgroup& cgroup) {
    set(cgroup, false);
}

bool is_frozen(const CgroupRecord& cgroup) {
    if (cgroup.path.empty())
        return false;
    return is_frozen_in("/sys/fs/cgroup/" + cgroup.path, CgroupLayout::Version::v2) ||
           is_frozen_in("/sys/fs/cgroup/freezer/" + cgroup.path, CgroupLayout::Version::v1);
}

}  // namespace ocikit::run
