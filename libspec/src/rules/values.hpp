// Values that several rules look at.
#pragma once

#include <string>
#include <string_view>

namespace ocikit {

// A list of CPUs or memory nodes as the kernel takes it: `0-3,7` (cpuset(7), "List format").
bool is_number_list(std::string_view text);

// A path without empty parts and `.`, and with `..` resolved as text; absolute, and "/" at the least.
std::string clean_path(std::string_view path);

// Whether a clean path is another one or below it.
bool is_within(std::string_view path, std::string_view directory);

}  // namespace ocikit
