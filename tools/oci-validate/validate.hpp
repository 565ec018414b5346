// What oci-validate does.
#pragma once

#include "common/command_line.hpp"

namespace ocikit::validate {

// Returns the exit status, of several inputs the worst.
int run(const cli::Arguments& arguments);

}  // namespace ocikit::validate
