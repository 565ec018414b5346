// What oci-gen does.
#pragma once

#include <string>

#include <ocikit/config.hpp>

#include "common/command_line.hpp"

namespace ocikit::gen {

// The default config with what the command line asks for; bundle is the directory
// that a relative root filesystem counts from. Throws cli::UsageError and Error.
spec::Config make_config(const cli::Arguments& arguments, const std::string& bundle);

// The config as text; throws Error with its first defect if it isn't valid.
std::string checked_text(const spec::Config& config);

// The tool itself; returns the exit status.
int run(const cli::Arguments& arguments);

}  // namespace ocikit::gen
