// oci-pack create: a bundle becomes an archive.
#pragma once

#include <string>

#include "oci-pack/bundle_files.hpp"
#include "oci-pack/compression.hpp"

namespace ocikit::pack {

struct CreateOptions {
    std::string bundle;
    std::string output;  // a file, or `-`
    bool replace = false;
    Compression compression;
    Selection selection = {};
    bool sparse = false;    // holes in files are kept as such
    bool progress = false;  // told on standard error
};

// SHA-256 in hexadecimal digits.
struct Digests {
    std::string tar;   // before it was compressed
    std::string file;  // as it was written
};

// Throws Error; then no file was made.
Digests create(const CreateOptions& options, const Warn& warn);

}  // namespace ocikit::pack
