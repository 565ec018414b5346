// All that oci-validate finds out about one input.
#pragma once

#include <string>

#include <ocikit/diagnostic.hpp>
#include <ocikit/schema.hpp>

namespace ocikit::validate {

struct Report {
    std::string input;        // as on the command line
    std::string document;     // the file that was read, for messages
    Diagnostics diagnostics;  // in the order of the text
};

// Checks a bundle's directory, a file, or standard input ("-"): syntax, schema,
// exact values, and for a config the root directory, which counts from the
// directory that config.json is in. It isn't checked where the config comes from
// a pipe, as there is no such directory then. Throws Error if the input can't be read.
Report check(const std::string& input, DocumentType type);

}  // namespace ocikit::validate
