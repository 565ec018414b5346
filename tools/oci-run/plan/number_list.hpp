// Lists of CPUs and memory nodes, as config.md has them: "0-3,7".
#pragma once

#include <string>
#include <vector>

namespace ocikit::run {

// The bits of a list, as the kernel takes them: in words of a long, the lowest first.
// "" has none. Throws Error, with the pointer, for what is no such list.
std::vector<unsigned long> parse_number_list(const std::string& text, const std::string& pointer);

}  // namespace ocikit::run
