// oci-pack verify: an archive is read and checked, and nothing is made of it.
#pragma once

#include <cstdint>
#include <string>

#include "archive/reader.hpp"
#include "oci-pack/create.hpp"

namespace ocikit::pack {

struct Verified {
    std::string root;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;  // of content
    Digests digests;
};

// Throws Error if it is no bundle which could be extracted.
Verified verify(const std::string& archive, const archive::Limits& limits);

// Compares with a file that create has written, or sha256sum(1); throws Error if the
// archive isn't that one.
void check_digests(const Digests& found, const std::string& archive, const std::string& digest_file);

}  // namespace ocikit::pack
