// The commands of oci-pack: what was written on the command line is done.
#pragma once

#include <string>

#include "common/command_line.hpp"

namespace ocikit::pack {

// Returns the exit status; throws Error, UsageError.
int run_command(const cli::Arguments& arguments);

int run_create(const cli::Arguments& arguments);
int run_extract(const cli::Arguments& arguments);

// A warning on standard error.
void warn(const std::string& text);

}  // namespace ocikit::pack
