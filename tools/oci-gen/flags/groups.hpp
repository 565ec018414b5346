// The groups of the table of flags, a file each.
#pragma once

#include "oci-gen/flag.hpp"

namespace ocikit::gen {

FlagGroup root_flags();
FlagGroup process_flags();
FlagGroup namespace_flags();
FlagGroup mount_flags();
FlagGroup device_flags();
FlagGroup capability_flags();
FlagGroup security_flags();
FlagGroup resource_flags();
FlagGroup metadata_flags();
FlagGroup engine_flags();

// To the sets that a program which isn't root loses when it is executed.
void add_all_capabilities(FlagContext& context);

// Mounts that the user namespace has no right to become such that it has.
void fit_mounts_to_namespaces(FlagContext& context);

}  // namespace ocikit::gen
