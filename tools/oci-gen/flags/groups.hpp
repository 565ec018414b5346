// The groups of the table of flags, a file each.
#pragma once

#include "oci-gen/flag.hpp"

namespace ocikit::gen {

FlagGroup process_flags();
FlagGroup root_flags();

}  // namespace ocikit::gen
