// The bytes of a bundle's file as an archive has them.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <vector>

#include "archive/entry.hpp"

namespace ocikit::pack {

// Where an open file has data, if the file system has left out some of it;
// otherwise nothing. Throws Error.
std::optional<std::vector<archive::Extent>> find_extents(int fd, const archive::Entry& entry);

class ContentReader {
  public:
    using Take = std::function<void(std::string_view bytes)>;

    ContentReader() : buffer_(std::size_t{1} << 20) {}
    // Gives exactly entry.size bytes of an open file, or those in entry.extents if it has any.
    // Throws Error if the file isn't any more what it was before.
    void read(int fd, const archive::Entry& entry, const struct stat& before, const Take& take);

  private:
    void data(int fd, const archive::Extent& extent, const archive::Entry& entry, const Take& take);

    std::vector<char> buffer_;
};

}  // namespace ocikit::pack
