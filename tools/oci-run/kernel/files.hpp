// Small reads and writes, as the kernel's own files want them: in one call each.
#pragma once

#include <fcntl.h>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <ocikit/unique_fd.hpp>

namespace ocikit::run {

// Opens name below directory (AT_FDCWD for a path as usual) with O_CLOEXEC added.
// object names the file in an error; empty: name itself.
UniqueFd open_at(int directory, const char* name, int flags, mode_t mode = 0, std::string_view object = {});

// The whole file, of at most 32 MiB. Kernel files that hold little (cgroup files,
// /proc/PID/stat) come in one read.
std::string read_at(int directory, const char* name, std::string_view object = {});

// The same, or nothing where opening or reading it fails with one of these numbers of errors: for
// files that are often gone, since an exception takes longer than all the rest.
std::optional<std::string> read_unless(int directory, const char* name, std::initializer_list<int> absent);

// Writes text in one write(2) to an existing file, without creating or truncating it.
void write_at(int directory, const char* name, std::string_view text, std::string_view object = {});

// Writes all of text to fd, in as many calls as it takes.
void write_all(int fd, std::string_view text, std::string_view object);

// Makes name below directory with this content, so that a reader sees the old one,
// the new one or none, never a part: a temporary file, renamed.
void replace_at(int directory, const char* name, std::string_view text, mode_t mode,
                std::string_view object = {});

}  // namespace ocikit::run
