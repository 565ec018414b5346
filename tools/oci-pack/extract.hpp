// oci-pack extract: an archive becomes a bundle.
#pragma once

#include <string>

#include "oci-pack/reader.hpp"
#include "oci-pack/unpack.hpp"

namespace ocikit::pack {

struct ExtractOptions {
    std::string archive;  // a file, or `-`
    std::string destination;
    Limits limits;
    bool strip = false;  // the outer folder that all of the archive is in
    Ownership ownership = {};
    bool progress = false;  // told on standard error
};

// Throws Error; then the destination is as it was.
void extract(const ExtractOptions& options, const Unpacker::Warn& warn);

}  // namespace ocikit::pack
