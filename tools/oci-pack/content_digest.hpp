// Tells files with different content apart, without reading through holes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "archive/hash.hpp"

namespace ocikit::pack {

// A digest of content and of where it is: blocks of zeros are only counted, so that a hole of
// a terabyte, for which an archive needs a few bytes, takes no time. It is the same whether
// zeros are given as bytes or skipped.
class ContentDigest {
  public:
    void add(std::string_view bytes);
    // So many zeros.
    void skip(std::uint64_t zeros);
    // Of all since the last call, as text.
    std::string finish();

  private:
    void add_blocks(std::string_view bytes);
    void end_run();

    archive::Hasher data_;                 // of all blocks but those of zeros
    std::optional<archive::Hasher> runs_;  // where they are; none yet if that is the beginning
    std::string partial_;                  // the block that isn't full yet
    std::uint64_t block_ = 0;              // the number of blocks so far
    std::uint64_t run_begin_ = 0;
    std::uint64_t run_end_ = 0;  // block_ while a run goes on
};

}  // namespace ocikit::pack
