// oci-pack create: a bundle becomes an archive.
#pragma once

#include <string>

#include "oci-pack/compression.hpp"
#include "oci-pack/walk.hpp"

namespace ocikit::pack {

struct CreateOptions {
    std::string bundle;
    std::string output;  // a file, or `-`
    bool replace = false;
    Compression compression;
};

// Throws Error; then no file was made.
void create(const CreateOptions& options, const Warn& warn);

}  // namespace ocikit::pack
