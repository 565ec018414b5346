// The headers of files in a tar archive (POSIX.1-2001, pax format).
#pragma once

#include <cstdint>
#include <string>

#include "archive/entry.hpp"

namespace ocikit::pack {

// Appends what comes before an entry's content: a ustar header; before it, only if that
// can't hold everything, pax records in a header of their own; and after it, for a file
// with extents, the map of them. The bytes depend on the entry alone. What GNU tar,
// bsdtar and others read in different ways is written so that most of them agree:
//
// - Names and targets that fit into the header are there as they are, ASCII or not; the
//   character set is BINARY for longer ones, so that nobody translates them.
// - Of extended attributes' names only what would be misread is escaped.
// - Access control lists are attributes, and text as well (see acl_text).
//
// Throws Error if the records are larger than readers take.
void append_header(const archive::Entry& entry, std::string& to);

// How many bytes of content follow: those in the extents, or all.
std::uint64_t content_size(const archive::Entry& entry);

}  // namespace ocikit::pack
