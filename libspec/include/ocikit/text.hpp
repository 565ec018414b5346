// Wording of messages: what is shown of texts that come from outside.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ocikit {

// The length in bytes of the UTF-8 sequence at an offset of the text (RFC 3629); 0 if it is none.
std::size_t utf8_length(std::string_view text, std::size_t offset);

// Text with control characters, which a terminal would act on, characters that change the
// direction of writing, and bytes that aren't UTF-8 written as \xNN.
std::string printable(std::string_view text);

// Printable text in double quotes, cut after `most` bytes.
std::string quoted(std::string_view text, std::size_t most = 60);

// A JSON literal for a message: as written, on one line and cut as above.
std::string shown(std::string_view source, std::size_t most = 60);

// "a, b or c"
std::string one_of(const std::vector<std::string>& words);

// The candidate that a word was most likely meant to be: the same but for case, a
// few mistakes (one in three letters, three at most), or one which it begins.
// Empty if none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace ocikit
