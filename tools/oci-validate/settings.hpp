// What is checked, and which of the findings count.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ocikit/diagnostic.hpp>
#include <ocikit/document.hpp>
#include <ocikit/rules.hpp>
#include <ocikit/schema.hpp>

namespace ocikit::validate {

struct Settings {
    DocumentType type = DocumentType::config;
    std::optional<Severity> least = std::nullopt;  // what is less isn't reported; warning by default
    bool strict = false;                           // warnings are errors
    bool host = false;                             // rules on this machine too
    std::optional<Platform> platform = std::nullopt;
    std::optional<Version> held_to = std::nullopt;
    // Rules by their id, or all of a group by its name. Enabled ones are reported
    // whatever their severity, and though their group is disabled.
    std::vector<std::string> enabled = {};
    std::vector<std::string> disabled = {};
    bool trust_bundles = true;  // what bundles say of their own checks counts: files and annotations
};

inline constexpr const char* settings_file_name = ".oci-validate.json";
inline constexpr const char* disable_annotation = "org.ocikit.validate.disable";

// Takes away what isn't to be reported, and makes errors of warnings if strict.
void keep_reported(const Settings& settings, Diagnostics& diagnostics);

// Whether there is a rule or a group of that name; else a hint at what may have been meant.
bool is_rule_name(const std::string& name);
std::string rule_name_hint(const std::string& name);

// Throws cli::UsageError if there is neither a rule nor a group of that name.
void check_rule_name(const std::string& option, const std::string& name);

// The settings of a file, put below those of the command line: what that says counts, and lists of
// rules are put together. Throws Error if the file can't be read or has something wrong in it.
Settings with_file(Settings settings, const std::string& path);

// The rules that a config's own annotation turns off. A name that there is no rule of is
// reported as annotations/validate.
std::vector<std::string> disabled_by_annotation(const Document& document, Diagnostics& diagnostics);

// nothing: no such word
std::optional<Severity> severity_of(std::string_view word);
std::optional<Platform> platform_named(std::string_view word);

}  // namespace ocikit::validate
