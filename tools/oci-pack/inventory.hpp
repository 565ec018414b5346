// All that an archive or a bundle has, to be compared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "archive/entry.hpp"
#include "archive/reader.hpp"

namespace ocikit::pack {

struct Item {
    // Without hard links: every name of a file has all of it.
    archive::Entry entry;
    std::string digest;      // of a regular file's content
    std::string first_name;  // the first of its names in bytewise order, if it has several
};

// Some 150 bytes a file, as there are two of them in memory, and trees have many files.
class Inventory {
  public:
    void add(const archive::Entry& entry, std::string_view digest);
    // To be called once, after the last entry; throws Error for a hard link to nothing.
    void finish();

    // After finish, in bytewise order of the paths.
    std::size_t size() const { return records_.size(); }
    std::string_view path(std::size_t at) const { return text(records_[at].path); }
    Item item(std::size_t at) const;
    // Whether they are the same but for their paths.
    bool equal(std::size_t at, const Inventory& other, std::size_t other_at) const;

  private:
    struct Record {
        const char* path;  // this and what follows: see text()
        const char* rest;  // the entry and its digest; of a hard link, shared with the first name
        const char* link;  // of a hard link, what it leads to
        std::uint32_t order;
        std::uint32_t first;  // the order of the first name's record, for hard links
    };

    const char* keep(std::string_view bytes);
    static std::string_view text(const char* kept);
    Record& target_of(const Record& link);
    std::string_view first_name(std::size_t at) const;

    std::vector<std::unique_ptr<char[]>> chunks_;
    std::size_t size_ = 0;  // of the last chunk
    std::size_t used_ = 0;
    std::vector<Record> records_;
    std::map<std::uint32_t, std::string_view> first_names_;  // in bytewise order, by Record::first
};

// Of a directory what create would archive without options, else of an archive.
// Throws Error.
Inventory take_inventory(const std::string& path, const archive::Limits& limits);

struct Difference {
    enum class Kind { added, removed, changed };
    Kind kind;
    std::string path;
    std::vector<std::string> what;  // of a change: "mode 0644 to 0755", "content"
};
// Sorted by path.
std::vector<Difference> compare(const Inventory& before, const Inventory& after);

}  // namespace ocikit::pack
