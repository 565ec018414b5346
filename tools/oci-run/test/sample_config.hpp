// Configurations of tests, from JSON text.
#pragma once

#include <string>

#include <ocikit/config.hpp>

namespace ocikit::run::test {

// A small valid configuration with this merged into it (RFC 7396).
spec::Config sample_config(const std::string& patch = "{}");

}  // namespace ocikit::run::test
