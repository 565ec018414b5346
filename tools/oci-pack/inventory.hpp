// All that an archive or a bundle has, to be compared.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/entry.hpp"
#include "archive/reader.hpp"
#include "archive/sorted_spool.hpp"

namespace ocikit::pack {

struct Item {
    // Without hard links: every name of a file has all of it.
    archive::Entry entry;
    std::string digest;      // of a regular file's content
    std::string first_name;  // the first of its names in bytewise order, if it has several
};

// In bytewise order of the paths. It is kept in some megabytes of memory and a temporary
// file, as trees may have any number of files.
class Inventory {
  public:
    // Name: of the archive or the directory, for errors.
    explicit Inventory(std::string name) : name_(std::move(name)) {}

    // All throw Error if the temporary file can't be written or read.

    void add(const archive::Entry& entry, std::string_view digest);
    // To be called once, after the last entry; throws Error for a hard link to nothing and
    // (or advance does) for a path that comes twice.
    void finish();

    // After finish: the current one.
    bool at_end() const { return spool().at_end(); }
    std::string_view path() const;
    Item item() const;
    // Whether it is the same as the other's but for the path.
    bool is_equal(const Inventory& other) const { return spool().value() == other.spool().value(); }
    void advance();

  private:
    // By what they lead to; the number is the link's, the value its path.
    struct SortedLinks {
        archive::SortedSpool links;
        bool any = false;
    };

    const archive::SortedSpool& spool() const { return has_links_ ? items_ : names_; }
    SortedLinks resolve(archive::SortedSpool& files);
    void name_files(archive::SortedSpool& files);
    [[noreturn]] void refuse_link() const;

    std::string name_;
    archive::SortedSpool names_;  // by path, with their numbers
    archive::SortedSpool links_;  // as SortedLinks
    archive::SortedSpool items_;  // if there are links: every name has all of its file
    std::uint64_t added_ = 0;
    bool has_links_ = false;
    bool resolved_ = false;
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
// Tells of each, sorted by path. Throws Error as Inventory does.
void compare(Inventory& before, Inventory& after, const std::function<void(const Difference&)>& tell);

}  // namespace ocikit::pack
