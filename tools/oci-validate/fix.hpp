// Corrections that need no thought: what is changed in a text, and how that is shown.
#pragma once

#include <string>
#include <vector>

#include <ocikit/document.hpp>

namespace ocikit::validate {

// Bytes of a text from begin to end, and what takes their place.
struct Edit {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text = {};
};

// What can be corrected in a config: names that are deprecated, entries that are there twice, the
// usual masked and read-only paths, modes with the bits of a type. In the order of the text,
// none of them within another. Nothing for a document that can't be decoded.
std::vector<Edit> corrections(const Document& document);

// The text with edits applied; all else is kept byte for byte.
std::string edited(const std::string& text, const std::vector<Edit>& edits);

// The edits as a unified diff with three lines of context; empty without any.
std::string unified_diff(const std::string& text, const std::vector<Edit>& edits, const std::string& name);

// Corrects a file in place: it is replaced whole, or not at all. Throws Error.
void write_edited(const std::string& path, const std::string& text);

}  // namespace ocikit::validate
