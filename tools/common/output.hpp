// Writing to standard output and standard error, where failures count.
#pragma once

#include <string>
#include <string_view>

namespace ocikit::cli {

// Writes all of bytes to fd; throws Error (name is what messages call it).
void write_all(int fd, std::string_view bytes, std::string_view name);

// Writes to standard output; throws Error. Tools write their data through this
// and not through streams, which would lose an error such as a full disk.
void print(std::string_view text);

// Writes `TOOL: text` as one line to standard error, made printable. hint, if there is one, follows on its
// own line.
void complain(std::string_view tool, std::string_view text, std::string_view hint = {}) noexcept;

}  // namespace ocikit::cli
