// How oci-validate writes what it has found.
#pragma once

#include <string>
#include <vector>

#include "oci-validate/check.hpp"

namespace ocikit::validate {

// A line a finding, `FILE:LINE:COLUMN: error: MESSAGE [RULE] (POINTER)`, and a last one with the verdict.
std::string as_text(const Report& report);

// One object for all inputs: {"diagnostics": […], "summary": {…}}. unreadable is
// the number of inputs that could not be read, and so have no report.
std::string as_json(const std::vector<Report>& reports, std::size_t unreadable);

}  // namespace ocikit::validate
