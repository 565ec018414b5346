// What libarchive lets pass in the headers of tar archives, and other readers see differently.
#pragma once

#include <string_view>

namespace ocikit::archive {

// Refuses headers (of an entry, with the pax records and long names before it) that
// readers disagree on, or that can't be meant: types of files that aren't known, numbers
// that are none, NULs in names, records for all entries that follow. Throws Error.
void check_headers(std::string_view headers);

// The value of the last `mtime` among the pax records of these headers; empty if there is none.
std::string_view mtime_record(std::string_view headers);

}  // namespace ocikit::archive
