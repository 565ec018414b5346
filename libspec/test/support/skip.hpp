// How a test says that this machine can't run it.
#pragma once

#include <string>

namespace ocikit::test {

// Notes the running case as skipped and prints `skipped, because REASON`.
// The caller returns right after it.
void skip(const std::string& reason);

}  // namespace ocikit::test
