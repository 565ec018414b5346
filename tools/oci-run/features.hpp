// What this program can do with a configuration: `features`.
#pragma once

#include <ocikit/features.hpp>

namespace ocikit::run {

// Made of the tables that the rest of the program works with; nothing of it depends on
// the machine (features.md).
spec::Features features();

}  // namespace ocikit::run
