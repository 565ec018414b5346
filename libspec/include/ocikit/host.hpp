// What a config needs of the machine that it is checked on.
#pragma once

#include <ocikit/config.hpp>
#include <ocikit/diagnostic.hpp>
#include <ocikit/document.hpp>

namespace ocikit {

// Rules host/…: paths, kernel, cgroups and devices of this host have what the config names. For
// containers of Linux only.
void check_host(const Document& document, const spec::Config& config, Diagnostics& diagnostics);

}  // namespace ocikit
