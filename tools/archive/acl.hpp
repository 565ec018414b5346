// Access control lists of archives that have them as text (GNU tar --acls, bsdtar).
#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>

#include "archive/entry.hpp"

namespace ocikit::archive {

// The attributes in which the kernel keeps a file's list and, of a directory, that of new files in it.
inline constexpr const char* access_list = "system.posix_acl_access";
inline constexpr const char* default_list = "system.posix_acl_default";

// The POSIX lists of an entry with these headers as the extended attributes which the kernel
// keeps them in. Throws Error as acl_of_text does.
Xattrs acl_xattrs(std::string_view headers, const std::string& path);

// If the kernel takes the attribute's value: the order of entries, and which of them there must be (acl(5)).
bool is_possible_acl(std::string_view value);

// If such a list has nothing that a mode doesn't have: the kernel makes one of it.
bool is_only_mode(std::string_view value);

// The mode that a file with this access control list (the attribute's value) has: chmod(2) and the list
// change each other, and where there is a mask, it is what stat(2) shows as the group's permissions.
mode_t mode_with_acl(mode_t mode, const std::string& acl);

// The mode where the file system can't keep the list: the group has what the list gives to it, and not what
// others had by their names.
mode_t mode_without_acl(mode_t mode, const std::string& acl);

}  // namespace ocikit::archive
