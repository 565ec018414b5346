// What is checked, and which of the findings count.
#pragma once

#include <string>
#include <vector>

#include <ocikit/diagnostic.hpp>
#include <ocikit/schema.hpp>

namespace ocikit::validate {

struct Settings {
    DocumentType type = DocumentType::config;
    Severity least = Severity::warning;  // what is less isn't reported
    bool strict = false;                 // warnings are errors
    // Rules by their id, or all of a group by its name. Enabled ones are reported
    // whatever their severity, and though their group is disabled.
    std::vector<std::string> enabled = {};
    std::vector<std::string> disabled = {};
};

// Takes away what isn't to be reported, and makes errors of warnings if strict.
void apply(const Settings& settings, Diagnostics& diagnostics);

// Throws cli::UsageError if there is neither a rule nor a group of that name.
void check_rule_name(const std::string& option, const std::string& name);

}  // namespace ocikit::validate
