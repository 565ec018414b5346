// What oci-gen does.
#pragma once

#include <string>

#include "common/command_line.hpp"
#include "oci-gen/draft.hpp"

namespace ocikit::gen {

// The base with what the command line asks for; bundle is the directory that a relative
// root filesystem counts from. Throws cli::UsageError and Error.
Draft make_config(const cli::Arguments& arguments, const std::string& bundle);

// The config as text; throws Error with its first defect if it isn't valid, and tells
// about what deserves a warning on standard error.
std::string checked_text(const Draft& draft);

// The tool itself; returns the exit status.
int run(const cli::Arguments& arguments);

}  // namespace ocikit::gen
