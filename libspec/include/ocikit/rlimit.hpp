// Resource limits by name (config.md#posix-process, getrlimit(2)).
#pragma once

#include <optional>
#include <string_view>

namespace ocikit {

// The number of a name as config.json has it ("RLIMIT_NOFILE"); nothing if unknown.
std::optional<int> rlimit_number(std::string_view name);

}  // namespace ocikit
