// Configurations of tests, from JSON text.
#pragma once

#include <string>

#include <ocikit/config.hpp>
#include <ocikit/document.hpp>

namespace ocikit::run::test {

// A small valid configuration with this merged into it (RFC 7396).
Document sample_document(const std::string& patch = "{}");
spec::Config sample_config(const std::string& patch = "{}");

}  // namespace ocikit::run::test
