#include "cgroup/layout.hpp"

#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <string_view>
#include <sys/vfs.h>

#include <ocikit/error.hpp>

#include "kernel/files.hpp"

namespace ocikit::run {

namespace {

constexpr const char* mount_point = "/sys/fs/cgroup";

// 0 if there is no such directory.
long filesystem_of(const char* path) {
    struct statfs fs;
    if (::statfs(path, &fs) == 0)
        return static_cast<long>(fs.f_type);
    if (errno == ENOENT)
        return 0;
    throw Error::last("statfs", path);
}

// A line of /proc/self/cgroup: `ID:CONTROLLERS:PATH`; the second part.
std::string_view controllers_of(std::string_view line) {
    const auto first = line.find(':');
    if (first == std::string_view::npos)
        return {};
    line.remove_prefix(first + 1);
    return line.substr(0, line.find(':'));
}

std::vector<CgroupHierarchy> v1_hierarchies() {
    std::vector<CgroupHierarchy> found;
    const std::string table = read_at(AT_FDCWD, "/proc/self/cgroup");
    std::string_view rest = table;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        std::string_view name = controllers_of(line);
        if (name.starts_with("name="))
            name.remove_prefix(5);
        if (name.empty())  // the v2 hierarchy of the hybrid layout
            continue;
        CgroupHierarchy hierarchy;
        hierarchy.name = name;
        hierarchy.directory = std::string(mount_point) + "/" + hierarchy.name;
        // one may be in use by the kernel, but not mounted here
        if (filesystem_of(hierarchy.directory.c_str()) == CGROUP_SUPER_MAGIC)
            found.push_back(std::move(hierarchy));
    }
    return found;
}

}  // namespace

bool CgroupHierarchy::has(std::string_view controller) const {
    std::string_view rest = name;
    while (!rest.empty()) {
        const std::string_view one = rest.substr(0, rest.find(','));
        if (one == controller)
            return true;
        rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    }
    return false;
}

CgroupLayout CgroupLayout::detect() {
    CgroupLayout layout;
    const long type = filesystem_of(mount_point);
    if (type == 0)
        return layout;
    if (type == CGROUP2_SUPER_MAGIC) {
        layout.version = Version::v2;
        layout.hierarchies.push_back({"", mount_point, ""});
    } else {
        layout.hierarchies = v1_hierarchies();
        if (layout.hierarchies.empty())
            return layout;
        layout.version = Version::v1;
    }
    layout.top = open_at(AT_FDCWD, mount_point, O_PATH | O_DIRECTORY);
    return layout;
}

const CgroupHierarchy* CgroupLayout::find(std::string_view controller) const {
    for (const auto& hierarchy : hierarchies)
        if (hierarchy.has(controller))
            return &hierarchy;
    return nullptr;
}

}  // namespace ocikit::run
