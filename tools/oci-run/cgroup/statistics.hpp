// What a cgroup has used, as `events` prints it: the members of runc's statistics.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include <ocikit/unique_fd.hpp>

#include "cgroup/cgroup.hpp"

namespace ocikit::run {

// What this machine doesn't count is left out.
boost::json::object cgroup_statistics(const Cgroup& cgroup);

// Tells when the kernel's out-of-memory killer was at work in the cgroup.
class OomWatch {
  public:
    explicit OomWatch(const Cgroup& cgroup);
    // Readable when something has happened; -1 where memory isn't counted.
    int fd() const { return fd_.get(); }
    // Whether it was a kill; to be asked each time fd is readable.
    bool happened();

  private:
    UniqueFd fd_;
    UniqueFd file_;  // v1: memory.oom_control, v2: memory.events
    bool v2_ = false;
    std::uint64_t kills_ = 0;
};

}  // namespace ocikit::run
