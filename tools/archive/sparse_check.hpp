// Maps of sparse files, in the four ways of GNU tar, which programs read with unlike care.
#pragma once

#include <string_view>

namespace ocikit::archive {

// Refuses maps whose pieces overlap, end behind or before the file's end or aren't as many or
// as long as the archive has them: readers make different files of those. `headers` are the
// entry's, with the map of format 1.0 behind them. Throws Error about the entry with the name.
void check_sparse(std::string_view headers, std::string_view name);

}  // namespace ocikit::archive
