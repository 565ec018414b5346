// Options that create and to-image share.
#pragma once

#include <optional>

#include "common/command_line.hpp"
#include "oci-pack/adjust.hpp"

namespace ocikit::pack {

// --owner, --group, --uid-map, --gid-map, --mtime, and SOURCE_DATE_EPOCH; throws UsageError.
Adjustments adjustments_of(const cli::Arguments& arguments);
std::optional<timespec> source_date_epoch();

// --threads, or as many as are of use; throws UsageError.
int threads_of(const cli::Arguments& arguments);

}  // namespace ocikit::pack
