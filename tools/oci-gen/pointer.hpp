// RFC 6901: places in a JSON value, and changes there as RFC 6902 has them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace ocikit::gen {

using Pointer = std::vector<std::string>;

// Throws Error if text is no pointer: it is neither empty nor begins with /, or ~ is
// followed by anything but 0 or 1.
Pointer parse_pointer(std::string_view text);
std::string to_text(const Pointer& pointer);

// nullptr: there is nothing.
const boost::json::value* find(const boost::json::value& root, const Pointer& pointer);

// The functions below throw Error, which begins with the pointer, if there is no such place.

// Puts a value into an object, replacing what is there, or before the element of an array
// (`-`: after the last).
void add(boost::json::value& root, const Pointer& pointer, boost::json::value value);
boost::json::value remove(boost::json::value& root, const Pointer& pointer);

// The index that a token is in an array of that size; `-` is the size.
std::size_t array_index(const Pointer& pointer, std::size_t depth, std::size_t size);

}  // namespace ocikit::gen
