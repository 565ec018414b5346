// Owners of files in the numbers of a container and in those of the host.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "archive/entry.hpp"

namespace ocikit::archive {

// As uidMappings in config.json: `size` ids from `container` on are those from `host` on.
struct IdRange {
    std::uint32_t container = 0;
    std::uint32_t host = 0;
    std::uint32_t size = 0;
};

// Empty: the ids are the same. Otherwise an id in no range has no counterpart.
class IdMap {
  public:
    // Takes CONTAINER:HOST:SIZE (SIZE may be left out: 1); throws UsageError,
    // also for a range that overlaps another.
    void add(std::string_view option, std::string_view text);

    bool empty() const { return ranges_.empty(); }
    std::optional<std::uint32_t> to_container(std::uint32_t id) const;
    std::optional<std::uint32_t> to_host(std::uint32_t id) const;

  private:
    std::vector<IdRange> ranges_;
};

// Calls the functions for all user and group ids of an entry: its owners, those
// in its access control lists, and the root user of its capabilities.
struct IdTranslation {
    std::function<std::uint32_t(std::uint32_t)> user;
    std::function<std::uint32_t(std::uint32_t)> group;
};
void translate_ids(Entry& entry, const IdTranslation& translation);

}  // namespace ocikit::archive
