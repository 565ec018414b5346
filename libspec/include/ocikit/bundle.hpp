// A bundle on disk: the directory with config.json and the root filesystem (bundle.md).
#pragma once

#include <string>

#include <ocikit/config.hpp>
#include <ocikit/diagnostic.hpp>
#include <ocikit/document.hpp>

namespace ocikit {

inline constexpr const char* config_file_name = "config.json";

// The absolute path of the bundle's config.json; throws Error if there is none.
std::string config_path(const std::string& bundle);

// The absolute path of the root directory: root.path, counted from the bundle if
// relative (config.md#root). Not checked for existence.
std::string root_path(const std::string& bundle, const spec::Root& root);

// root/missing, root/exists: `root` is there and names a directory (config.md#root).
// bundle is the directory that config.json is in.
void check_root(const Document& document, const spec::Config& config, const std::string& bundle,
                Diagnostics& diagnostics);

}  // namespace ocikit
