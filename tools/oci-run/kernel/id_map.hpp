// The ids of a user namespace, and whether this process is in one (user_namespaces(7)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include <ocikit/linux.hpp>

namespace ocikit::run {

class IdMap {
  public:
    enum class Kind { users, groups };
    // As this process sees it: hostID is one of its own namespace.
    static IdMap of_process(pid_t pid, Kind kind);

    const std::vector<spec::IdMapping>& mappings() const { return mappings_; }
    // The id outside of the namespace for one inside; nothing if it isn't mapped.
    std::optional<std::uint32_t> outside(std::uint32_t inside) const;

  private:
    std::vector<spec::IdMapping> mappings_;
};

// Without the powers of the machine's root: another user, or root of a user namespace.
bool is_rootless();

}  // namespace ocikit::run
