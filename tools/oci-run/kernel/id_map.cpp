#include "kernel/id_map.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/files.hpp"
#include "kernel/split.hpp"

namespace ocikit::run {

IdMap IdMap::of_process(pid_t pid, Kind kind) {
    const std::string path = "/proc/" + std::to_string(pid) + (kind == Kind::users ? "/uid_map" : "/gid_map");
    const std::string text = read_at(AT_FDCWD, path.c_str());
    IdMap map;
    for (const auto line : lines_of(text)) {
        const auto words = words_of(line);
        const auto number = [&words](std::size_t i) {
            return static_cast<std::uint32_t>(to_number(i < words.size() ? words[i] : "").value_or(0));
        };
        map.mappings_.push_back({.containerID = number(0), .hostID = number(1), .size = number(2)});
    }
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
