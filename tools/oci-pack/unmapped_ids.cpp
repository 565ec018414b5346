#include "oci-pack/unmapped_ids.hpp"

#include <fstream>

namespace ocikit::pack {

namespace {

std::optional<std::uint32_t> unless_mapped(const char* overflow_file, const char* map_file) {
    std::uint64_t id = 65534;
    std::ifstream(overflow_file) >> id;
    std::ifstream map(map_file);
    bool is_there = false;
    for (std::uint64_t inside = 0, outside = 0, size = 0; map >> inside >> outside >> size; is_there = true) {
        if (id >= inside && id - inside < size)
            return std::nullopt;
    }
    // without /proc nothing is known, and nothing is claimed
    return is_there ? std::optional(static_cast<std::uint32_t>(id)) : std::nullopt;
}

}  // namespace

UnmappedIds unmapped_ids() {
    return {.user = unless_mapped("/proc/sys/kernel/overflowuid", "/proc/self/uid_map"),
            .group = unless_mapped("/proc/sys/kernel/overflowgid", "/proc/self/gid_map")};
}

}  // namespace ocikit::pack
