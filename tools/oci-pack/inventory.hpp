// All that an archive or a bundle has, to be compared.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "archive/entry.hpp"
#include "archive/reader.hpp"

namespace ocikit::pack {

struct Item {
    // Without hard links: every name of a file has all of it.
    archive::Entry entry;
    std::string digest;      // of a regular file's content
    std::string first_name;  // the first of its names in bytewise order, if it has several
};
using Inventory = std::map<std::string, Item>;

// Of a directory what create would archive without options, else of an archive.
// Throws Error.
Inventory take_inventory(const std::string& path, const archive::Limits& limits);

struct Difference {
    enum class Kind { added, removed, changed };
    Kind kind;
    std::string path;
    std::vector<std::string> what;  // of a change: "mode 0644 to 0755", "content"
};
// Sorted by path.
std::vector<Difference> compare(const Inventory& before, const Inventory& after);

}  // namespace ocikit::pack
