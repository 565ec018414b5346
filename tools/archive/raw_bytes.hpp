// A tar archive's own bytes, for what libarchive doesn't tell.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ocikit::archive {

// The block of an archive that was read last, and as much before it as is asked for.
class RawBytes {
  public:
    // Before the block becomes invalid: keeps its bytes from this place in the archive on,
    // and those that were kept before.
    void keep_from(std::uint64_t position);
    // The next block, whose bytes stay the caller's.
    void add(std::string_view block);
    // So many bytes from a place in the archive on, or as many as there are; none if the
    // place is further back than what is kept. Valid until the next call of anything.
    std::string_view from(std::uint64_t position, std::uint64_t size = UINT64_MAX);

  private:
    std::string kept_;
    std::string joined_;
    std::string_view block_;
    std::uint64_t size_ = 0;  // of the archive, up to the end of the block
};

}  // namespace ocikit::archive
