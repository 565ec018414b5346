// The command line of oci-gen.
#pragma once

#include "common/command_line.hpp"

namespace ocikit::gen {

const cli::Tool& command_line();

}  // namespace ocikit::gen
