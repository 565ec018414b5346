// The bytes of a bundle's file as an archive has them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <sys/stat.h>
#include <vector>

#include <ocikit/error.hpp>

#include "archive/entry.hpp"

namespace ocikit::pack {

inline constexpr std::size_t most_extents = std::size_t{1} << 16;

// Where an open file has data, if it has holes; otherwise nothing. A hole is what has nothing
// but zeros in whole blocks of 4096 bytes, whether or not the file system has stored them, as
// that differs between file systems and copies; the smallest ones are left out if there are
// so many. The file is at its beginning then, as before. Throws Error.
std::optional<std::vector<archive::Extent>> find_extents(int fd, const archive::Entry& entry,
                                                         std::size_t most = most_extents);

// That a file isn't any more what it was when it was come by.
Error changed(const std::string& path);
[[noreturn]] void refuse_changed(const std::string& path);

// Throws it if what is open has been written to since fstat(2) gave `before`; a directory, if names have come
// or gone.
void check_unchanged(int fd, const std::string& path, const struct stat& before);

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
