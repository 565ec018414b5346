// The command line of oci-run: runc's, with what crun's callers add.
#pragma once

#include "common/command_line.hpp"

namespace ocikit::run {

const cli::Tool& command_line();

}  // namespace ocikit::run
