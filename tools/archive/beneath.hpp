// Files below a directory, reached without leaving it.
#pragma once

#include <string>
#include <sys/types.h>

#include <ocikit/unique_fd.hpp>

namespace ocikit::archive {

// Opens path below directory: never out of it, never through a symbolic link
// (openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS). An empty path is the
// directory itself. Returns an empty UniqueFd with errno if that fails.
UniqueFd try_open_beneath(int directory, const std::string& path, int flags, mode_t mode = 0);
// The same; throws Error.
UniqueFd open_beneath(int directory, const std::string& path, int flags);

// Where the kernel shows an open descriptor as a path, for calls that know no
// descriptors or refuse those of O_PATH.
std::string descriptor_path(int fd);

// Removes name from directory with all that is below it. For clean-up: what
// can't be removed stays.
void remove_tree(int directory, const std::string& name) noexcept;

}  // namespace ocikit::archive
