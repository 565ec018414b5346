// The forms that values of options have: numbers, sizes, lists.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ocikit::gen {

// All throw cli::UsageError, which names the option.

// A decimal integer within a range.
std::int64_t parse_integer(std::string_view option, std::string_view text, std::int64_t least,
                           std::int64_t most);

// Bytes as people write them: 512m, 1.5g, 64KiB, 100; powers of 1024. At most what fits int64.
std::int64_t parse_size(std::string_view option, std::string_view text);

// A decimal number of at most nine digits after the point, times `scale`, rounded down.
std::int64_t parse_decimal(std::string_view option, std::string_view text, std::int64_t scale);

// A mode such as 1777, in octal.
std::uint32_t parse_mode(std::string_view option, std::string_view text);

// The parts between separators; of an empty text one empty part.
std::vector<std::string> split(std::string_view text, char separator);

// A line of comma separated values, as RFC 4180 has them: parts may be in double quotes.
std::vector<std::string> split_commas(std::string_view option, std::string_view text);

// KEY=VALUE at the first =; nothing after it, and no =, is told apart.
std::pair<std::string, std::optional<std::string>> split_pair(std::string_view text);

}  // namespace ocikit::gen
