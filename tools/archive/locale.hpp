// Names are bytes: keeps libarchive, which translates them, from changing any.
#pragma once

#include <string_view>

namespace ocikit::archive {

// Makes the process' character set UTF-8, the one of pax records, so that
// nothing is translated. Throws Error if the C library doesn't have it.
void use_byte_names();

bool is_utf8(std::string_view text);

}  // namespace ocikit::archive
