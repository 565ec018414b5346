// The command line of oci-validate.
#pragma once

#include "common/command_line.hpp"

namespace ocikit::validate {

const cli::Tool& command_line();

}  // namespace ocikit::validate
