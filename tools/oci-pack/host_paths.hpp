// What a config.json asks for that an archive doesn't bring along.
#pragma once

#include <string>
#include <vector>

#include <ocikit/config.hpp>
#include <ocikit/document.hpp>

namespace ocikit::pack {

// One text, `config.json:LINE:COLUMN: POINTER: what it is`, for each path that
// leads to a file of the host: sources of bind mounts, hooks that run outside the
// container, namespaces to join. Relative sources count from the bundle; those in
// the archive (root, includes) are no host paths.
std::vector<std::string> host_paths(const Document& document, const spec::Config& config,
                                    const std::string& root, const std::vector<std::string>& includes);

}  // namespace ocikit::pack
