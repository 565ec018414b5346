// Capabilities of Linux by name (capabilities(7), linux/capability.h).
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace ocikit {

// The names in the order of their numbers: CAP_CHOWN (0), …
std::span<const std::string_view> capability_names();

// The number of a name as config.json has it ("CAP_CHOWN"); nothing if unknown.
std::optional<unsigned> capability_number(std::string_view name);

}  // namespace ocikit
