// Files with several names, while a tree is walked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "archive/temporary_file.hpp"

namespace ocikit::pack {

// Some 20 to 40 bytes for each file that has more names to come, besides a temporary file
// with the first ones.
class LinkedFiles {
  public:
    // The first name of that file; nothing if this is it. Throws Error if the temporary
    // file can't be written or read.
    std::optional<std::string> see(const struct stat& status, const std::string& path);

  private:
    // One that has been seen.
    struct File {
        ino_t inode = 0;
        std::uint64_t place : 40 = 0;  // of the first name
        std::uint64_t left : 24 = 0;   // names to come; 0: the place in the table is free
    };
    // Of one file system. Open addressing.
    class Table {
      public:
        // One that isn't in use if it isn't there.
        File& find(ino_t inode);
        void added();
        void remove(File& file);

      private:
        std::size_t home(ino_t inode) const;
        void grow();
        std::vector<File> files_;
        std::size_t used_ = 0;
    };

    std::uint64_t keep(const std::string& path);
    std::string name_at(std::uint64_t place) const;

    std::map<dev_t, Table> tables_;
    archive::TemporaryFile names_;
    std::string last_names_;  // which aren't in the file yet
};

}  // namespace ocikit::pack
