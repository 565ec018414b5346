// How many files the process may have open.
#pragma once

namespace ocikit::archive {

// Raises it as far as allowed: a tree is walked with a descriptor a level, and paths have
// up to 2047 of those.
void raise_descriptor_limit();

}  // namespace ocikit::archive
