// A directory tree as text, to be compared.
#pragma once

#include <map>
#include <string>

namespace ocikit::archive::test {

// For each path below directory (itself not counted) all that a file has: type,
// mode, owner, time to the nanosecond, size, content, link target, the first name
// of the same file, device number, extended attributes.
using Tree = std::map<std::string, std::string>;
Tree read_tree(const std::string& directory);

// The differences, one a line; empty if there are none.
std::string differences(const Tree& expected, const Tree& found);

}  // namespace ocikit::archive::test
