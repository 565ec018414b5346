// What is in a directory.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/sorted_spool.hpp"

namespace ocikit::archive {

struct DirectoryEntry {
    std::string_view name;
    unsigned char type;  // DT_… of readdir(3), DT_UNKNOWN where the file system doesn't tell
};

// Takes little more than the names, as a directory can have millions, and no more than some
// megabytes: then they are in a temporary file.
class DirectoryList {
  public:
    static constexpr std::size_t usual_memory = std::size_t{4} << 20;
    explicit DirectoryList(std::size_t memory = usual_memory) : memory_(memory) {}

    // All throw Error if the temporary file can't be written or read.

    void add(const DirectoryEntry& entry);
    // To be called once, after the last entry.
    void sort();
    // Leaves next to nothing in memory.
    void to_file();

    bool empty() const { return entries_.empty() && !spool_; }
    // In memory.
    std::size_t bytes() const { return bytes_; }

    // Once at a time; the current entry until the next one is taken.
    class Iterator {
      public:
        explicit Iterator(DirectoryList& list) : list_(&list) {}
        DirectoryEntry operator*() const { return list_->current(); }
        Iterator& operator++() {
            list_->advance();
            return *this;
        }
        bool operator==(std::default_sentinel_t) const { return list_->at_end(); }

      private:
        DirectoryList* list_;
    };
    Iterator begin();
    std::default_sentinel_t end() { return {}; }

  private:
    void use_spool();
    DirectoryEntry current() const;
    void advance();
    bool at_end() const;

    std::size_t memory_;
    std::vector<std::unique_ptr<char[]>> chunks_;
    std::size_t size_ = 0;  // of the last chunk
    std::size_t used_ = 0;
    std::size_t bytes_ = 0;
    std::vector<const char*> entries_;  // the type, the name, NUL
    std::size_t at_ = 0;                // of these, the current one
    std::optional<SortedSpool> spool_;  // instead: by name, the value is the type
};

// The names come in bytewise order. Throws Error (path is for messages).
DirectoryList list_directory(int fd, const std::string& path);

}  // namespace ocikit::archive
