// A bundle in an archive, such as oci-pack makes: looked into, never extracted.
#pragma once

#include <string>

#include <ocikit/config.hpp>
#include <ocikit/diagnostic.hpp>
#include <ocikit/document.hpp>

#include "archive/bundle_check.hpp"

namespace ocikit::validate {

struct ArchivedBundle {
    std::string config;  // the text of config.json
    archive::BundleCheck check;
};

// By how a regular file begins: a tar archive, or a compressed file, which no document is.
bool is_archive(const std::string& path);

// Throws Error for what is no archive of a bundle, and for what oci-pack wouldn't extract: damaged,
// with names that lead outside or come twice, without a config.json at its top.
ArchivedBundle read_archived_bundle(const std::string& path);

// root/missing, root/exists: the root is a directory of the archive.
void check_archived_root(const Document& document, const spec::Config& config, const ArchivedBundle& bundle,
                         Diagnostics& diagnostics);

}  // namespace ocikit::validate
