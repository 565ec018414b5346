// The records of a pax header, as text.
#pragma once

#include <string>
#include <string_view>

#include "archive/entry.hpp"

namespace ocikit::pack {

// Appends "25 path=caf\xc3\xa9/x/y/z…\n", where 25 is the length of it all.
void append_record(std::string& to, std::string_view key, std::string_view value);

// A time as POSIX wants it, a decimal number: -1.25 for the kernel's -2 s + 750,000,000 ns.
std::string decimal_time(const timespec& time);

// An access control list (the kernel's attribute) as the text that star, GNU tar and bsdtar
// have in archives, with numbers for names: "user::rw-,user:4000:r--,…". Empty for what is
// no such list.
std::string acl_text(std::string_view attribute);

// The records of an entry's extended attributes. bsdtar has no access control lists but
// those in text; GNU tar takes both.
void append_xattrs(std::string& to, const archive::Xattrs& xattrs);

}  // namespace ocikit::pack
