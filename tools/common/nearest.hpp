// What somebody may have meant by a misspelt word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ocikit::cli {

// The candidate that word was most likely meant to be; empty if none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace ocikit::cli
