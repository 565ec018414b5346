// Edits: changes to any property of the config.
#pragma once

#include <span>
#include <string_view>

#include "common/command_line.hpp"
#include "oci-gen/draft.hpp"

namespace ocikit::gen {

std::span<const cli::Option> edit_options();
bool is_edit(std::string_view option);

// Throws cli::UsageError, and Error if a file can't be read or doesn't fit the draft.
void apply_edit(Draft& draft, const cli::Arguments::Given& option);

}  // namespace ocikit::gen
