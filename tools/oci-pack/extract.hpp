// oci-pack extract: an archive becomes a bundle.
#pragma once

#include <string>

#include "archive/reader.hpp"
#include "archive/unpack.hpp"

namespace ocikit::pack {

struct ExtractOptions {
    std::string archive;  // a file, or `-`
    std::string destination;
    archive::Limits limits;
    bool strip = false;  // the outer folder that all of the archive is in
    archive::Ownership ownership = {};
    bool progress = false;  // told on standard error
};

// Throws Error; then the destination is as it was.
void extract(const ExtractOptions& options, const archive::Unpacker::Warn& warn);

}  // namespace ocikit::pack
