#include "cgroup/join.hpp"

#include <algorithm>
#include <fcntl.h>

#include <ocikit/error.hpp>

#include "kernel/files.hpp"
#include "kernel/split.hpp"

namespace ocikit::run {

namespace {

std::string below(const std::string& path, const std::string& sub) {
    return sub.empty() ? path : path + "/" + sub;
}

// The last one that names a controller of the hierarchy counts.
std::string sub_path(const CgroupHierarchy& hierarchy, const std::vector<SubCgroup>& wanted) {
    std::string path;
    for (const auto& one : wanted)
        if (one.controllers.empty() ||
            std::any_of(one.controllers.begin(), one.controllers.end(),
                        [&](const std::string& controller) { return hierarchy.has(controller); }))
            path = one.path;
    return path;
}

}  // namespace

SubCgroup parse_sub_cgroup(std::string_view text) {
    SubCgroup result;
    const auto colon = text.find(':');
    const std::string_view path = colon == std::string_view::npos ? text : text.substr(colon + 1);
    if (colon != std::string_view::npos)
        for (const auto controller : split(text.substr(0, colon), ","))
            result.controllers.emplace_back(controller);
    for (const auto name : split(path, "/")) {
        if (name == ".")
            continue;
        if (name == "..")
            throw Error("--cgroup: \"" + std::string(text) + "\" is not a cgroup below the container's");
        result.path += (result.path.empty() ? "" : "/") + std::string(name);
    }
    return result;
}

std::vector<UniqueFd> open_tasks(const Cgroup& cgroup, const std::vector<SubCgroup>& wanted) {
    const CgroupLayout& layout = cgroup.layout();
    for (const auto& one : wanted)
        for (const auto& controller : one.controllers)
            if (!layout.find(controller))
                throw Error("--cgroup: the cgroup v1 controller " + controller +
                            " isn't mounted on this machine");
    std::vector<UniqueFd> files;
    for (const auto& hierarchy : layout.hierarchies) {
        const std::string path = below(cgroup.record().path, sub_path(hierarchy, wanted)) + "/tasks";
        files.push_back(open_at(layout.top.get(), hierarchy.below(path).c_str(), O_WRONLY, 0,
                                hierarchy.directory + "/" + path));
    }
    return files;
}

UniqueFd open_directory_v2(const Cgroup& cgroup, const std::vector<SubCgroup>& wanted) {
    std::string path = cgroup.record().path;
    for (const auto& one : wanted) {
        if (!one.controllers.empty())
            throw Error("--cgroup: cgroup v2 has one hierarchy for all controllers", "give the path alone");
        path = below(cgroup.record().path, one.path);
    }
    return open_at(cgroup.layout().top.get(), path.c_str(), O_RDONLY | O_DIRECTORY, 0,
                   cgroup.layout().hierarchies.front().directory + "/" + path);
}

UniqueFd open_directory_of_v2(const CgroupLayout& layout, pid_t pid) {
    // `0::/PATH`
    const std::string text = read_at(AT_FDCWD, ("/proc/" + std::to_string(pid) + "/cgroup").c_str());
    const auto start = text.find("0::/");
    const std::string path =
        start == std::string::npos ? "" : text.substr(start + 4, text.find('\n', start) - start - 4);
    return open_at(layout.top.get(), path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY, 0,
                   layout.hierarchies.front().directory + "/" + path);
}

}  // namespace ocikit::run
