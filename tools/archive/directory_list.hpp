// What is in a directory.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ocikit::archive {

struct DirectoryEntry {
    std::string_view name;  // a NUL follows
    unsigned char type;     // DT_… of readdir(3), DT_UNKNOWN where the file system doesn't tell
};

// Takes little more than the names, as a directory can have millions.
class DirectoryList {
  public:
    class Iterator {
      public:
        explicit Iterator(const char* const* at) : at_(at) {}
        DirectoryEntry operator*() const { return {*at_ + 1, static_cast<unsigned char>(**at_)}; }
        Iterator& operator++() {
            ++at_;
            return *this;
        }
        bool operator==(const Iterator&) const = default;

      private:
        const char* const* at_;
    };

    void add(const DirectoryEntry& entry);
    void sort();

    bool empty() const { return entries_.empty(); }
    Iterator begin() const { return Iterator(entries_.data()); }
    Iterator end() const { return Iterator(entries_.data() + entries_.size()); }

  private:
    std::vector<std::unique_ptr<char[]>> chunks_;
    std::size_t size_ = 0;  // of the last chunk
    std::size_t used_ = 0;
    std::vector<const char*> entries_;  // the type, the name, NUL
};

// The names come in bytewise order. Throws Error (path is for messages).
DirectoryList list_directory(int fd, const std::string& path);

}  // namespace ocikit::archive
