// Whether an archive is one of a bundle, without making its files.
#pragma once

#include <cstdint>
#include <string>

#include "archive/entry.hpp"
#include "archive/outer_folder.hpp"
#include "archive/path_types.hpp"
#include "archive/reader.hpp"

namespace ocikit::archive {

// config.json has to be a file that has no other name. Throws Error.
void check_config_link(const Entry& entry);

// Refuses what extracting would refuse, going by the names of the entries instead
// of files. What is in config.json is for others to check. Throws Error.
class BundleCheck {
  public:
    // Reads the entry's content.
    void add(const Entry& entry, Reader& content);
    // To be called once, after the last entry. Returns the text of config.json, or more than a
    // document may have of it.
    const std::string& finish() const;

    // After finish. The path is a plain one, see EntryPath.
    bool has_directory(const std::string& path) const;
    std::uint64_t entries() const { return entries_; }
    std::uint64_t bytes() const { return bytes_; }

  private:
    mode_t type_of(const Entry& entry) const;
    void add_parents(const std::string& path);
    void read_config(const Entry& entry, Reader& content);

    PathTypes types_;          // 0: a directory which had no entry yet
    std::string last_parent_;  // which is a directory, as those above it are
    std::string config_;
    std::uint64_t entries_ = 0;
    std::uint64_t bytes_ = 0;
    OuterFolder outer_;
};

}  // namespace ocikit::archive
