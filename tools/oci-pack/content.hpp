// The bytes of a bundle's file as an archive has them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <sys/stat.h>
#include <vector>

#include "archive/entry.hpp"

namespace ocikit::pack {

// Where an open file has data, if the file system has left out some of it;
// otherwise nothing. Throws Error.
std::optional<std::vector<archive::Extent>> find_extents(int fd, const archive::Entry& entry);

// Where content goes.
class ContentSink {
  public:
    virtual ~ContentSink() = default;
    // Room for the next bytes, at least one.
    virtual std::span<char> room() = 0;
    // So many bytes have been put there.
    virtual void filled(std::size_t size) = 0;
};

// Gives exactly entry.size bytes of an open file, or those in entry.extents if it has any.
// Throws Error if the file isn't any more what it was before.
void read_content(int fd, const archive::Entry& entry, const struct stat& before, ContentSink& sink);

}  // namespace ocikit::pack
