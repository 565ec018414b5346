// The files of a directory tree in the order of the archive.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <sys/stat.h>

#include <ocikit/error.hpp>
#include <ocikit/unique_fd.hpp>

#include "archive/entry.hpp"
#include "archive/xattrs.hpp"
#include "oci-pack/linked_files.hpp"

namespace ocikit::pack {

// What a walk finds. fd is open for reading if the entry is a regular file whose
// content is to be read, otherwise -1; status is what fstat(2) said of it. The entry is
// the visitor's to change.
using Visit = std::function<void(archive::Entry& entry, int fd, const struct stat& status)>;
using Warn = std::function<void(const std::string& text)>;

// A file opened for reading as an entry; throws Error.
archive::Entry entry_of(int fd, const std::string& path);

// Visits files with all that is in them: a directory before its content, the names
// of each in bytewise order. Of a hard-linked file the first name that the walker
// comes by has the content, the others are links to it. Sockets are left out, each
// with a warning. Nothing is opened through a symbolic link. Throws Error.
class Walker {
  public:
    // What is mounted in a directory that is walked is walked too, or taken as an empty directory or file,
    // with a warning.
    enum class OtherFileSystems { leave_out, include };
    Walker(Visit visit, Warn warn, OtherFileSystems others);

    // An open directory; path is what it is called.
    void directory(const UniqueFd& fd, const std::string& path);
    // Whatever is at path below an open directory.
    void at(int directory, const std::string& path);

  private:
    enum class Content { none, all };
    void walk(const UniqueFd& fd, const std::string& path, const struct stat& status, Content content);
    void child(int parent, const std::string& name, unsigned char type, const std::string& path);
    void hidden(int parent, const std::string& name, unsigned char type, const std::string& path,
                const Error& failure);
    void mounted_file(const UniqueFd& fd, const struct stat& status, const std::string& path);
    void file(const UniqueFd& fd, archive::Opened opened, const struct stat& status, const std::string& path);

    Visit visit_;
    Warn warn_;
    OtherFileSystems others_;
    std::size_t listed_ = 0;  // bytes of names, in the directories above
    LinkedFiles links_;
};

}  // namespace ocikit::pack
