// Whether an archive is a bundle, without making its files.
#pragma once

#include <cstdint>
#include <string>

#include "archive/entry.hpp"
#include "archive/reader.hpp"
#include "oci-pack/bundle_config.hpp"
#include "oci-pack/outer_folder.hpp"
#include "oci-pack/path_types.hpp"

namespace ocikit::pack {

// config.json has to be a file that has no other name. Throws Error.
void check_config_link(const archive::Entry& entry);

// Refuses what extracting would refuse, going by the names of the entries instead
// of files. Throws Error.
class ArchiveCheck {
  public:
    // Reads the entry's content.
    void add(const archive::Entry& entry, archive::Reader& content);
    // To be called once, after the last entry.
    BundleConfig finish() const;

    std::uint64_t entries() const { return entries_; }
    std::uint64_t bytes() const { return bytes_; }

  private:
    void add_parents(const std::string& path);

    PathTypes types_;          // 0: a directory which had no entry yet
    std::string last_parent_;  // which is a directory, as those above it are
    std::string config_;
    std::uint64_t entries_ = 0;
    std::uint64_t bytes_ = 0;
    OuterFolder outer_;
};

}  // namespace ocikit::pack
