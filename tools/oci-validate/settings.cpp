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
    return finding.severity <= settings.least || has(settings.enabled, group_of(finding.rule));
}

}  // namespace

void apply(const Settings& settings, Diagnostics& diagnostics) {
    std::erase_if(diagnostics, [&settings](const Diagnostic& one) { return !is_reported(settings, one); });
    for (Diagnostic& finding : diagnostics)
        if (settings.strict && finding.severity == Severity::warning)
            finding.severity = Severity::error;
}

void check_rule_name(const std::string& option, const std::string& name) {
    std::vector<std::string_view> known;
    for (const Rule& rule : all_rules()) {
        if (rule.id == name || group_of(rule.id) == name)
            return;
        known.push_back(rule.id);
    }
    const std::string_view meant = nearest(name, known);
    throw cli::UsageError(
        "option '--" + option + "': there is no rule '" + name + "'" +
        (meant.empty() ? ", see --list-rules" : ", did you mean '" + std::string(meant) + "'?"));
}

}  // namespace ocikit::validate
