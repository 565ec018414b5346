#include "cgroup/delegated.hpp"

#include <fcntl.h>
#include <string_view>
#include <unistd.h>

#include "kernel/files.hpp"

namespace ocikit::run {

namespace {

// What cgroup.procs of a common ancestor allows decides where a process may go
// (cgroup-v2.rst, "Delegation Containment").
bool can_make_cgroups(const CgroupLayout& layout, const std::string& path) {
    const std::string directory = path.empty() ? "." : path;
    const auto can_write = [&layout](const std::string& file) {
        return ::faccessat(layout.top.get(), file.c_str(), W_OK, AT_EACCESS) == 0;
    };
    return can_write(directory) && can_write(directory + "/cgroup.procs");
}

}  // namespace

void find_own_cgroups(CgroupLayout& layout) {
    const std::string table = read_at(AT_FDCWD, "/proc/self/cgroup");
    std::string_view rest = table;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (second == std::string_view::npos)
            continue;
        std::string_view name = line.substr(first + 1, second - first - 1);
        if (name.starts_with("name="))
            name.remove_prefix(5);
        std::string_view path = line.substr(second + 1);
        if (path.find("..") != std::string_view::npos)  // above the root of the cgroup namespace
            path = "/";
        for (auto& hierarchy : layout.hierarchies)
            if (hierarchy.name == name)
                hierarchy.own = path.substr(1);
    }
}

std::optional<std::string> delegated_cgroup(const CgroupLayout& layout) {
    if (layout.version != CgroupLayout::Version::v2)
        return std::nullopt;  // v1 can't be delegated safely (cgroups(7))
    const std::string& own = layout.hierarchies.front().own;
    const auto slash = own.rfind('/');
    const std::string above = slash == std::string::npos ? "" : own.substr(0, slash);
    for (const std::string& path : {above, own})
        if (can_make_cgroups(layout, path))
            return path;
    return std::nullopt;
}

}  // namespace ocikit::run
