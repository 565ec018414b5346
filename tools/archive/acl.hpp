// Access control lists of archives that have them as text (GNU tar --acls, bsdtar).
#pragma once

#include <string>

#include "archive/entry.hpp"

struct archive_entry;

namespace ocikit::archive {

// The POSIX lists of an entry as the extended attributes which the kernel keeps
// them in (system.posix_acl_access, system.posix_acl_default). Throws Error for
// lists of other kinds, and for users and groups that are named without a number:
// who that is on this machine is anyone's guess.
Xattrs acl_xattrs(archive_entry* from, const std::string& path);

}  // namespace ocikit::archive
