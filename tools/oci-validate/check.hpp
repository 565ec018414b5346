// All that oci-validate finds out about one input.
#pragma once

#include <optional>
#include <string>

#include <ocikit/diagnostic.hpp>
#include <ocikit/document.hpp>
#include <ocikit/schema.hpp>

#include "oci-validate/settings.hpp"

namespace ocikit::validate {

struct Report {
    std::string input;                  // as on the command line
    std::optional<std::string> bundle;  // the directory, if it belongs to one
    bool is_archived = false;
    Document document;
    Diagnostics diagnostics;  // in the order of the text
};

// Checks a bundle's directory, a file, or standard input ("-"): syntax, schema,
// exact values, the rules of the catalogue, and for a bundle (its directory, or a file
// named config.json) the bundle's files. An archive of a bundle is read, not extracted. A file of another
// name and what comes from a pipe are documents by themselves: there is no bundle that a root could be in.
// Throws Error if the input can't be read.
Report check(const std::string& input, const Settings& settings);

// What there would be to report of another text in the place of one that was checked.
Diagnostics check_text(std::string text, const Report& instead, const Settings& settings);

}  // namespace ocikit::validate
