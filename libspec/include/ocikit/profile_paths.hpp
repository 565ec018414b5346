// The paths of /proc and /sys that engines mask, or let containers only read.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ocikit {

std::span<const std::string_view> usual_masked_paths();
std::span<const std::string_view> usual_readonly_paths();

// Those that aren't in a list of paths, nor below one of them.
std::vector<std::string> missing_paths(const std::vector<std::string>& paths,
                                       std::span<const std::string_view> usual);

}  // namespace ocikit
