// Files of KEY=VALUE lines: --env-file and --label-file.
#pragma once

#include <string>
#include <vector>

namespace ocikit::gen {

// The lines that say something, without the white space before them, as docker reads them:
// comments are lines that begin with #, nothing is quoted. Throws Error, which has the
// number of the line, for a key with white space in it or without a name.
std::vector<std::string> lines_of(const std::string& path);

}  // namespace ocikit::gen
