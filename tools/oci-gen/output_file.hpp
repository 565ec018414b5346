// A file that appears whole or not at all.
#pragma once

#include <string>
#include <string_view>

namespace ocikit::gen {

// Writes text to a new file, or with replace over an existing regular one: into
// a temporary file beside it, which then takes its name. A device or FIFO is
// written to as it is. Throws Error; the target is untouched then.
void write_file(const std::string& path, std::string_view text, bool replace);

}  // namespace ocikit::gen
