// What oci-gen writes if nothing else is asked for.
#pragma once

#include <ocikit/config.hpp>

namespace ocikit::gen {

// A shell in namespaces of its own on a read-only root, with the mounts, the few
// capabilities and the hidden paths that the runtimes' own `spec` commands give it.
spec::Config default_config();

}  // namespace ocikit::gen
