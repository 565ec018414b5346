// Two texts compared line by line.
#pragma once

#include <string>
#include <string_view>

namespace ocikit::gen {

// A unified diff with three lines of context, as diff -u and patch(1) have it, with the names
// given and without times; empty if the texts are equal.
std::string unified_diff(std::string_view before, std::string_view after, std::string_view before_name,
                         std::string_view after_name);

}  // namespace ocikit::gen
