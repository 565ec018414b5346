#include "kernel/id_map.hpp"

#include <fcntl.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/files.hpp"

namespace ocikit::run {

IdMap IdMap::of_process(pid_t pid, Kind kind) {
    const std::string path = "/proc/" + std::to_string(pid) + (kind == Kind::users ? "/uid_map" : "/gid_map");
    std::istringstream text(read_at(AT_FDCWD, path.c_str()));
    IdMap map;
    for (spec::IdMapping one; text >> one.containerID >> one.hostID >> one.size;)
        map.mappings_.push_back(one);
    return map;
}

std::optional<std::uint32_t> IdMap::outside(std::uint32_t inside) const {
    for (const auto& mapping : mappings_)
        if (inside >= mapping.containerID && inside - mapping.containerID < mapping.size)
            return mapping.hostID + (inside - mapping.containerID);
    return std::nullopt;
}

bool is_rootless() {
    if (::geteuid() != 0)
        return true;
    constexpr ino_t first_user_namespace = 0xEFFFFFFD;  // PROC_USER_INIT_INO of the kernel
    struct stat st;
    return ::stat("/proc/self/ns/user", &st) == 0 && st.st_ino != first_user_namespace;
}

}  // namespace ocikit::run
