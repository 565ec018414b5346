#include "rootless.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace fs = std::filesystem;

namespace ocikit::run::test {

std::string why_not_rootless() {
    if (::geteuid() == 0)
        return "these are for an ordinary user";
    if (::access("/bin/busybox", X_OK) != 0)
        return "there is no /bin/busybox (busybox-static)";
    if (Child({"unshare", "--user", "true"}).wait().status != 0)
        return "user namespaces are closed to ordinary users here";
    return "";
}

// What an ordinary user can run without anybody's help.
void make_rootless(Bundle& bundle) {
    auto& linux = *bundle.config.linux;
    linux.namespaces.push_back({spec::NamespaceType::user, {}});
    linux.uidMappings = {{0, ::geteuid(), 1}};
    linux.gidMappings = {{0, ::getegid(), 1}};
}

// The first range of /etc/subuid (or subgid) for this user; {0, 0, 0}: none.
spec::IdMapping subordinate(const char* file) {
    std::ifstream lines(file);
    const char* const name = std::getenv("USER");
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string user, first, count;
        std::getline(fields, user, ':');
        std::getline(fields, first, ':');
        std::getline(fields, count, ':');
        if ((name && user == name) || user == std::to_string(::geteuid()))
            return {1, static_cast<std::uint32_t>(std::stoul(first)),
                    static_cast<std::uint32_t>(std::min(std::stoul(count), 1000ul))};
    }
    return {};
}

std::string own_cgroup() {
    const std::string text = read_file("/proc/self/cgroup");
    const auto at = text.find("0::/");
    return at == std::string::npos ? "" : text.substr(at + 3, text.find('\n', at) - at - 3);
}

// Whether there is a v2 cgroup above this process's own that is this user's.
bool has_delegated_cgroup() {
    const fs::path above = fs::path("/sys/fs/cgroup" + own_cgroup()).parent_path();
    return is_cgroup_v2() && ::access(above.c_str(), W_OK) == 0 &&
           ::access((above / "cgroup.procs").c_str(), W_OK) == 0;
}

}  // namespace ocikit::run::test
