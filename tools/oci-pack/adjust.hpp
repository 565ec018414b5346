// What is changed of files on their way into an archive.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "archive/entry.hpp"
#include "archive/id_map.hpp"
#include "oci-pack/unmapped_ids.hpp"

namespace ocikit::pack {

struct Adjustments {
    std::optional<std::uint32_t> owner;    // of every file
    std::optional<std::uint32_t> group;    // of every file
    archive::IdMap uid_map;                // the files on disk have the host's numbers
    archive::IdMap gid_map;                // the archive has the container's
    std::optional<timespec> mtime;         // of every file
    std::optional<timespec> latest_mtime;  // of files that are newer
    UnmappedIds unmapped;                  // numbers that say nothing of who it is
};

// Throws Error for an owner that the map, or this user namespace, doesn't have.
void adjust(archive::Entry& entry, const Adjustments& adjustments);

// A decimal number, and nothing else.
std::optional<time_t> parse_seconds(std::string_view text);

// @SECONDS since 1970, or YYYY-MM-DD, perhaps with THH:MM:SSZ behind it (in UTC);
// throws UsageError.
timespec parse_time(std::string_view option, std::string_view text);

}  // namespace ocikit::pack
