// A line of mountinfo (proc_pid_mountinfo(5)).
#pragma once

#include <iosfwd>
#include <string>

namespace ocikit::run::test {

struct MountLine {
    std::string point, root, options, propagation, type, source, filesystem_options;

    bool has_option(const std::string& option) const;
    bool has_filesystem_option(const std::string& option) const;
};
std::ostream& operator<<(std::ostream& stream, const MountLine& line);

// The last mount on a mount point; all empty if there is none.
MountLine mount_on(const std::string& mountinfo, const std::string& point);

}  // namespace ocikit::run::test
