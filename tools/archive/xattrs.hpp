// Extended attributes: which of them travel with a bundle, reading and setting them.
#pragma once

#include <string>
#include <sys/types.h>

#include "archive/entry.hpp"

namespace ocikit::archive {

// Those that say something about the file itself. Others belong to the machine:
// labels and keyed digests (security.selinux, security.ima, security.evm), and the
// notes which overlay file systems keep (trusted.overlay.*, user.overlay.*).
bool is_portable_xattr(const std::string& name);

// If the kernel could take it, on some file system: the length of names and values, and the
// form of access control lists and capabilities.
bool is_possible_xattr(const std::string& name, const std::string& value);

// If the kernel takes it on files of that type (of st_mode).
bool is_possible_xattr_of(mode_t type, const std::string& name);

// The portable ones of an open file; throws Error. Descriptors of O_PATH, which the
// calls for descriptors refuse, take a longer way.
enum class Opened { for_reading, as_path };
Xattrs read_xattrs(int fd, Opened opened, const std::string& path);

// Sets one. Returns false where the file system or the lack of privilege stands
// against it; throws Error otherwise.
bool set_xattr(int fd, const std::string& path, const std::string& name, const std::string& value);

}  // namespace ocikit::archive
