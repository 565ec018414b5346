// What the command line asks for, done to a draft.
#pragma once

#include <string>

#include "common/command_line.hpp"
#include "oci-gen/draft.hpp"

namespace ocikit::gen {

// Edits (--set, --unset, --merge, --patch) are applied in the order of the command line; the
// flags between two of them together, in the order of their table. Throws cli::UsageError,
// and Error.
void apply_command_line(Draft& draft, const cli::Arguments& arguments, const std::string& bundle);

}  // namespace ocikit::gen
