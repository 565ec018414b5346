// Access control lists as text, as pax records have them.
#pragma once

#include <string>
#include <string_view>

namespace ocikit::archive {

inline constexpr const char* access_record = "SCHILY.acl.access";
inline constexpr const char* default_record = "SCHILY.acl.default";

// If all of it is entries of a list: `user:1000:rwx`, `user:NAME:rwx:1000`, `mask::r-x`.
bool is_acl_text(std::string_view text);

// The list as the extended attribute that the kernel keeps it in, with its entries in the
// kernel's order. Throws Error, about the file at the path, for users and groups that are
// named without a number: who that is on this machine is anyone's guess.
std::string acl_of_text(std::string_view text, const std::string& path);

}  // namespace ocikit::archive
