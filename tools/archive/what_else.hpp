// Files that are no archives of ours.
#pragma once

#include <string>
#include <string_view>

namespace ocikit::archive {

// What a file is that isn't a tar archive, by how it begins: "it is a zip archive, …".
std::string what_else(std::string_view begin);

}  // namespace ocikit::archive
