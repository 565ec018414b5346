// The commands of oci-pack: what was written on the command line is done.
#pragma once

#include <string>

#include "archive/reader.hpp"
#include "common/command_line.hpp"
#include "oci-pack/create.hpp"

namespace ocikit::pack {

// Returns the exit status; throws Error, UsageError.
int run_command(const cli::Arguments& arguments);

int run_create(const cli::Arguments& arguments);
int run_extract(const cli::Arguments& arguments);
int run_list(const cli::Arguments& arguments);
int run_verify(const cli::Arguments& arguments);
int run_diff(const cli::Arguments& arguments);
int run_to_image(const cli::Arguments& arguments);

// The limits that --max-size and --max-entries set.
archive::Limits limits_of(const cli::Arguments& arguments);

// A warning on standard error.
void warn(const std::string& text);

}  // namespace ocikit::pack
