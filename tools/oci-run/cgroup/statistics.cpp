#include "cgroup/statistics.hpp"

#include <cerrno>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ocikit/error.hpp>

#include "cgroup/statistics_files.hpp"
#include "kernel/files.hpp"

namespace json = boost::json;

namespace ocikit::run {

namespace {

std::uint64_t oom_kills(int file) {
    char text[1024];
    const ssize_t length = ::pread(file, text, sizeof text, 0);
    const auto values =
        keyed_numbers(std::string_view(text, length > 0 ? static_cast<std::size_t>(length) : 0));
    const auto found = values.find("oom_kill");
    return found == values.end() ? 0 : found->second;
}

}  // namespace

json::object cgroup_statistics(const Cgroup& cgroup) {
    const CgroupLayout& layout = cgroup.layout();
    if (cgroup.record().path.empty() || layout.version == CgroupLayout::Version::none)
        throw Error("the container has no cgroup, and only a cgroup has statistics");
    const CgroupFiles files(cgroup);
    return layout.version == CgroupLayout::Version::v2 ? statistics_v2(files) : statistics_v1(files);
}

OomWatch::OomWatch(const Cgroup& cgroup) : v2_(cgroup.layout().version == CgroupLayout::Version::v2) {
    const std::string directory = CgroupFiles(cgroup).directory("memory");
    if (directory.empty())
        return;
    if (v2_) {
        const std::string file = directory + "/memory.events";
        file_.reset(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
        fd_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
        if (!file_ || !fd_ || ::inotify_add_watch(fd_.get(), file.c_str(), IN_MODIFY) < 0)
            fd_.reset();
        else
            kills_ = oom_kills(file_.get());
        return;
    }
    // cgroup-v1/memory.rst, "OOM Control"
    file_.reset(::open((directory + "/memory.oom_control").c_str(), O_RDONLY | O_CLOEXEC));
    fd_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (file_ && fd_)
        write_at(AT_FDCWD, (directory + "/cgroup.event_control").c_str(),
                 std::to_string(fd_.get()) + " " + std::to_string(file_.get()));
}

bool OomWatch::happened() {
    char buffer[4096];
    const ssize_t length = ::read(fd_.get(), buffer, sizeof buffer);
    if (!v2_)
        return length > 0;
    const std::uint64_t before = std::exchange(kills_, oom_kills(file_.get()));
    return kills_ > before;
}

}  // namespace ocikit::run
