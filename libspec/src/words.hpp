// Wording of diagnostics.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ocikit {

// The length in bytes of the UTF-8 sequence at an offset of the text (RFC 3629); 0 if it is none.
std::size_t utf8_length(std::string_view text, std::size_t offset);

// A text for a message: in double quotes, control characters and invalid bytes
// escaped (a terminal would act on them), cut after `most` bytes.
std::string quoted(std::string_view text, std::size_t most = 60);

// A JSON literal for a message: as written, on one line and cut as above.
std::string shown(std::string_view source, std::size_t most = 60);

// "a, b or c"
std::string one_of(const std::vector<std::string>& words);

// The candidate that `word` is most likely a slip for: the same but for case, or
// at most two letters off and not a wholly different word. Empty if there is none.
std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace ocikit
