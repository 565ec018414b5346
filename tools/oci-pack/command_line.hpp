// The command line of oci-pack, for the tool and its man page.
#pragma once

#include "common/command_line.hpp"

namespace ocikit::pack {

const cli::Tool& command_line();

}  // namespace ocikit::pack
