// The program that arguments are given to.
#pragma once

#include <string>
#include <vector>

namespace ocikit::gen {

// A program, or a JSON array of it and its first arguments; nothing if the text is empty.
std::vector<std::string> parse_entrypoint(const std::string& text);

}  // namespace ocikit::gen
