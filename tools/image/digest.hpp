// Names of blobs by their content.
#pragma once

#include <string>
#include <string_view>

#include "archive/digest.hpp"

namespace ocikit::image {

// descriptor.md#digests: `sha256:` or `sha512:` and the hexadecimal digits.
struct Digest {
    archive::Digester::Hash hash = archive::Digester::Hash::sha256;
    std::string hex;

    std::string text() const;
    // Where a layout has the blob.
    std::string path() const;
    bool operator==(const Digest&) const = default;
};

// Throws Error if it is none, or one by another algorithm.
Digest parse_digest(std::string_view text);

Digest digest_of(std::string_view bytes, archive::Digester::Hash hash = archive::Digester::Hash::sha256);

}  // namespace ocikit::image
