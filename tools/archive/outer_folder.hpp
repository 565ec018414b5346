// Archives that have all their files in one folder, as tar makes them of a directory.
#pragma once

#include <string>

#include "archive/entry.hpp"

namespace ocikit::archive {

// Finds out whether all of an archive is in one directory, with config.json in it.
class OuterFolder {
  public:
    void see(const std::string& path);
    // Throws the Error for an archive that has no config.json at its top.
    [[noreturn]] void refuse(bool stripped = false) const;

  private:
    std::string top_;
    bool single_ = true;
    bool has_config_ = false;
};

// Takes that directory off the names of entries, and of the files they are hard links to.
class StripFolder {
  public:
    // The folder itself becomes the top, with an empty path. Throws Error for an
    // entry that isn't in the folder which the first one was in.
    void strip(Entry& entry);

  private:
    void strip_path(std::string& path, const std::string& entry) const;

    std::string folder_;
};

}  // namespace ocikit::archive
