// Owners that this process's user namespace has no number for.
#pragma once

#include <cstdint>
#include <optional>

namespace ocikit::pack {

// The number that stands for all users (groups) whom the namespace doesn't have, if it stands for nobody
// else: the kernel's overflowuid (overflowgid), 65534. None where all have numbers, as outside of namespaces.
// Source: user_namespaces(7), proc_sys_kernel(5).
struct UnmappedIds {
    std::optional<std::uint32_t> user;
    std::optional<std::uint32_t> group;
};
UnmappedIds unmapped_ids();

}  // namespace ocikit::pack
