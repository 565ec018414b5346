// The files of a directory tree in the order of the archive.
#pragma once

#include <functional>
#include <string>
#include <sys/stat.h>

#include <ocikit/unique_fd.hpp>

#include "oci-pack/entry.hpp"

namespace ocikit::pack {

// What a walk finds. fd is open for reading if the entry is a regular file whose
// content is to be read, otherwise -1; status is what fstat(2) said of it.
using Visit = std::function<void(const Entry& entry, int fd, const struct stat& status)>;
using Warn = std::function<void(const std::string& text)>;

// A file opened for reading as an entry; throws Error.
Entry entry_of(int fd, const std::string& path);

// Visits the directory `path` below the bundle and all that is in it: a directory
// before its content, the names of each in bytewise order. The first name of a
// hard-linked file comes with its content, the others as links to it. Sockets are
// left out, other file systems mounted in the tree are taken as empty directories,
// each with a warning. Nothing is opened through a symbolic link. Throws Error.
void walk(int bundle, const std::string& path, const Visit& visit, const Warn& warn);

}  // namespace ocikit::pack
