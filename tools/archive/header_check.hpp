// What libarchive lets pass in the headers of tar archives, and other readers see differently.
#pragma once

#include <string_view>

namespace ocikit::archive {

struct HeaderFacts {
    char type = 0;         // in the entry's own header
    bool has_map = false;  // of a sparse file, see check_sparse
    bool has_acl = false;  // as text, see acl_xattrs
};

// Refuses headers (of the entry with that name, with the pax records and long names before it)
// that readers disagree on, or that can't be meant: types of files that aren't known, numbers
// that are none, NULs in names, records for all entries that follow, content of what has none.
// Throws Error.
HeaderFacts check_headers(std::string_view headers, std::string_view name);

}  // namespace ocikit::archive
