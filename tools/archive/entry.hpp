// One file of a bundle, as it is on disk and in an archive.
#pragma once

#include <cstdint>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace ocikit::archive {

using Xattrs = std::map<std::string, std::string>;

// The longest path in an archive: one of PATH_MAX bytes below a root directory whose name has
// NAME_MAX. That is more than system calls take at once (see beneath.hpp).
inline constexpr std::size_t max_path = 4096 + 255;
// The longest that a symbolic link can hold: PATH_MAX without the final NUL.
inline constexpr std::size_t max_link = 4095;

struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

struct Entry {
    std::string path;  // relative to the bundle, without `./` and without a `/` at its end
    mode_t mode = 0;   // type and permissions, as st_mode has them
    uid_t uid = 0;
    gid_t gid = 0;
    timespec mtime{};        // as the kernel counts: the nanoseconds always add
    std::uint64_t size = 0;  // of a regular file
    dev_t device = 0;        // of a device node
    std::string link;        // where a symbolic link leads; the first name of a hard link
    bool hard_link = false;
    Xattrs xattrs;
    // where a sparse file has data, in order; absent: everywhere
    std::optional<std::vector<Extent>> extents;
};

}  // namespace ocikit::archive
