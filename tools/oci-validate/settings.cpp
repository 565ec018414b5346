#include "oci-validate/settings.hpp"

#include <algorithm>

#include <ocikit/rules.hpp>
#include <ocikit/text.hpp>

#include "common/command_line.hpp"

namespace ocikit::validate {

namespace {

std::string_view group_of(std::string_view rule) {
    return rule.substr(0, rule.find('/'));
}

bool has(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_reported(const Settings& settings, const Diagnostic& finding) {
    if (has(settings.disabled, finding.rule))
        return false;
    if (has(settings.enabled, finding.rule))
        return true;
    if (has(settings.disabled, group_of(finding.rule)))
        return false;
    return finding.severity <= settings.least.value_or(Severity::warning) ||
           has(settings.enabled, group_of(finding.rule));
}

}  // namespace

void keep_reported(const Settings& settings, Diagnostics& diagnostics) {
    std::erase_if(diagnostics, [&settings](const Diagnostic& one) { return !is_reported(settings, one); });
    for (Diagnostic& finding : diagnostics)
        if (settings.strict && finding.severity == Severity::warning)
            finding.severity = Severity::error;
}

bool is_rule_name(const std::string& name) {
    const auto rules = all_rules();
    return std::any_of(rules.begin(), rules.end(),
                       [&name](const Rule& rule) { return rule.id == name || group_of(rule.id) == name; });
}

std::string rule_name_hint(const std::string& name) {
    std::vector<std::string_view> known;
    for (const Rule& rule : all_rules())
        known.push_back(rule.id);
    const std::string_view meant = nearest(name, known);
    return meant.empty() ? "see --list-rules" : "did you mean '" + std::string(meant) + "'?";
}

void check_rule_name(const std::string& option, const std::string& name) {
    if (!is_rule_name(name))
        throw cli::UsageError("option '--" + option + "': there is no rule '" + name + "', " +
                              rule_name_hint(name));
}

std::optional<Severity> severity_of(std::string_view word) {
    for (const Severity severity : {Severity::error, Severity::warning, Severity::info})
        if (word == to_string(severity))
            return severity;
    return std::nullopt;
}

std::optional<Platform> platform_named(std::string_view word) {
    for (const Platform platform :
         {Platform::linux, Platform::windows, Platform::solaris, Platform::zos, Platform::freebsd})
        if (word == to_string(platform))
            return platform;
    return std::nullopt;
}

}  // namespace ocikit::validate
