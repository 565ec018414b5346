// How oci-validate writes what it has found.
#pragma once

#include <memory>
#include <string>

#include "oci-validate/check.hpp"

namespace ocikit::validate {

// One way of writing. Text for people and for GitHub goes out as the inputs are checked, JSON
// at the end.
class Output {
  public:
    virtual ~Output() = default;
    virtual void add(const Report& report) = 0;
    // unreadable: how many inputs could not be read, and so have no report.
    virtual void finish(std::size_t unreadable) = 0;
};

// A line a finding, `FILE:LINE:COLUMN: error: MESSAGE [RULE] (POINTER)`, with the line of the
// text and a caret below, and a last line with the verdict.
std::unique_ptr<Output> make_text_output(bool color);

// One object for all inputs: {"diagnostics": […], "summary": {…}}.
std::unique_ptr<Output> make_json_output();

// SARIF 2.1.0, for tools that show the findings of many.
std::unique_ptr<Output> make_sarif_output();

// Commands of GitHub's runners, which show them beside the changed lines.
std::unique_ptr<Output> make_github_output();

std::size_t count(const Diagnostics& diagnostics, Severity severity);

// The column of a position in characters, as Position has bytes.
std::size_t character_column(const Report& report, const Position& position);

// The line of the text at a position, without its end.
std::string_view line_at(const Report& report, const Position& position);

}  // namespace ocikit::validate
