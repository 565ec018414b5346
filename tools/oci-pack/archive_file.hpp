// An archive on its way in.
#pragma once

#include <string>

#include <ocikit/unique_fd.hpp>

namespace ocikit::pack {

class ArchiveFile {
  public:
    // `-` is standard input. Throws Error.
    explicit ArchiveFile(const std::string& path);
    int fd() const;

  private:
    UniqueFd owned_;
};

// What messages call it.
std::string archive_name(const std::string& path);

}  // namespace ocikit::pack
