// Digests of archives in lines that sha256sum(1) writes and checks.
#pragma once

#include <string>
#include <string_view>

#include "oci-pack/archive_stream.hpp"

namespace ocikit::pack {

// What sha256sum(1) checks; it takes the first line for a comment.
std::string digest_text(const Digests& digests, const std::string& archive);

// Those of the archive in lines of ours, or of sha256sum(1) with or without --tag: those with its name, in
// whatever folder, or the only ones. Without a tar file's digest in them that is empty; throws Error if there
// is none of the archive. `source` is what the text comes from.
Digests find_digests(std::string_view text, std::string_view archive, const std::string& source);

}  // namespace ocikit::pack
