// The types of the files at many paths, in little memory.
#pragma once

#include <optional>
#include <string_view>
#include <sys/types.h>

#include "archive/key_table.hpp"

namespace ocikit::archive {

// All throw Error if there are so many that they go to a temporary file, and that fails.
class PathTypes {
  public:
    // Nothing if the path isn't there.
    std::optional<mode_t> find(std::string_view path) const;
    // Adds the path with that type (of st_mode, or 0); false if it is there, and stays as it is.
    bool add(std::string_view path, mode_t type);
    // Of a path that is there.
    void set(std::string_view path, mode_t type);

  private:
    KeyTable types_;
};

}  // namespace ocikit::archive
