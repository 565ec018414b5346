// Values that several rules look at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ocikit {

// A list of CPUs or memory nodes as the kernel takes it: `0-3,7` (cpuset(7), "List format").
bool is_number_list(std::string_view text);
// The greatest number of such a list.
std::uint64_t greatest_number(std::string_view list);
// sched_setaffinity(2) and set_mempolicy(2) take a page of bits at most, and no kernel has as many.
constexpr std::uint64_t greatest_cpu = 4096 * 8 - 2;
constexpr std::uint64_t greatest_node = greatest_cpu;

// A path without empty parts and `.`, and with `..` resolved as text; absolute, and "/" at the least.
std::string clean_path(std::string_view path);

// Whether a clean path is another one or below it.
bool is_within(std::string_view path, std::string_view directory);

}  // namespace ocikit
