// A tar archive's own bytes, for what libarchive doesn't tell.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ocikit::archive {

// The block of an archive that was read last, and the end of those before it.
class RawBytes {
  public:
    // To be called before the block becomes invalid.
    void keep_end();
    // The next block, whose bytes stay the caller's.
    void add(std::string_view block);
    // All from a place in the archive on; empty if it is further back than what is kept.
    std::string from(std::uint64_t position) const;

  private:
    std::string end_;
    std::string_view block_;
    std::uint64_t size_ = 0;  // of the archive, up to the end of the block
};

// The value of the last `mtime` among the pax records of an entry, whose headers text
// begins with; empty if it has none, or if the records aren't all there.
std::string_view mtime_record(std::string_view text);

}  // namespace ocikit::archive
