// What has to be true of a bundle before it is packed, or after it was extracted.
#pragma once

#include <string>

#include <ocikit/document.hpp>

namespace ocikit::pack {

// The root directory that a config.json names, relative to the bundle, without
// `.` and doubled slashes. Throws Error if the text is no valid configuration, or
// if its root isn't a directory of its own inside the bundle, as an archive has
// to have it.
std::string bundle_root(const Document& config);

}  // namespace ocikit::pack
