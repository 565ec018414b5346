// oci-pack create: a bundle becomes an archive.
#pragma once

#include <string>

#include "oci-pack/archive_stream.hpp"
#include "oci-pack/bundle_files.hpp"
#include "oci-pack/compression.hpp"

namespace ocikit::pack {

struct CreateOptions {
    std::string bundle;
    std::string output;  // a file, or `-`
    bool replace = false;
    bool digests = true;           // or they are empty
    std::string digest_file = {};  // gets digest_text; empty: none
    Compression compression;
    Selection selection = {};
    bool sparse = false;    // holes in files are kept as such
    bool progress = false;  // told on standard error
};

// Throws Error; then no file was made.
Digests create(const CreateOptions& options, const Warn& warn);

}  // namespace ocikit::pack
