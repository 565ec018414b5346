// Lists as the kernel's files and the command line have them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ocikit::run {

// The parts between any of the separators, without empty ones. They point into text.
std::vector<std::string_view> split(std::string_view text, const char* separators);
std::vector<std::string_view> lines_of(std::string_view text);
std::vector<std::string_view> words_of(std::string_view text);

// Of decimal digits and nothing else; nullopt beyond 64 bits, too.
std::optional<std::uint64_t> to_number(std::string_view text);

}  // namespace ocikit::run
