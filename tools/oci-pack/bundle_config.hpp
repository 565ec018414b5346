// What has to be true of a bundle's config.json before it is packed, or after it was extracted.
#pragma once

#include <string>

#include <ocikit/config.hpp>
#include <ocikit/document.hpp>

namespace ocikit::pack {

struct BundleConfig {
    spec::Config config;
    // Relative to the bundle, without `.` and doubled slashes; as written if it is outside.
    std::string root;
    bool root_is_outside = false;
};

// An archive has the root as a directory of its own; a bundle may have it elsewhere.
enum class RootPlace { inside, anywhere };

// Throws Error if the text is no valid configuration (schema, types and rules), or if its
// root is no directory that an archive can have.
BundleConfig read_bundle_config(const Document& document, RootPlace place);

// The text with another root.path, and not one other byte changed.
std::string with_root_path(const Document& document, const std::string& root);

}  // namespace ocikit::pack
