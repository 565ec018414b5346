// Files with several names, while a tree is walked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/stat.h>

#include "archive/key_table.hpp"
#include "archive/temporary_file.hpp"

namespace ocikit::pack {

// What is more than a megabyte of names, and 12 of numbers, goes to temporary files.
class LinkedFiles {
  public:
    // The first name of that file; nothing if this is it. Throws Error if the file has been
    // changed since, or a temporary file can't be written or read.
    std::optional<std::string> see(const struct stat& status, const std::string& path);

  private:
    std::uint64_t end() const { return names_.size() + last_names_.size(); }
    void keep(const std::string& path);
    std::string name_at(std::uint64_t place) const;

    archive::KeyTable places_;  // of the first names, by inode and file system
    archive::TemporaryFile names_;
    std::string last_names_;  // which aren't in the file yet
};

}  // namespace ocikit::pack
