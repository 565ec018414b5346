// Signals as people and engines write them (signal(7)).
#pragma once

#include <optional>
#include <string_view>

namespace ocikit {

// The number of "TERM", "SIGTERM", "sigterm", "15", "RTMIN+3" or "SIGRTMAX-1";
// nothing if it is none (0 is none).
std::optional<int> signal_number(std::string_view text);

}  // namespace ocikit
