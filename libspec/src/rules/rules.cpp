#include <algorithm>
#include <vector>

#include <ocikit/rules.hpp>

#include "groups.hpp"

namespace ocikit {

namespace {

template <class T>
const T& or_empty(const std::optional<T>& value) {
    static const T empty{};
    return value ? *value : empty;
}

std::vector<Rule> collect() {
    std::vector<Rule> rules;
    for (const auto group : {document_rules(), version_rules(), root_rules(), process_rules(), limit_rules(),
                             scheduling_rules(), program_rules(), namespace_rules(), mapping_rules(),
                             mount_rules(), path_rules(), hook_rules(), device_rules(), sysctl_rules(),
                             memory_rules(), resource_rules(), seccomp_rules(), placement_rules()})
        rules.insert(rules.end(), group.begin(), group.end());
    return rules;
}

}  // namespace

std::span<const Rule> all_rules() {
    static const std::vector<Rule> rules = collect();
    return rules;
}

const Rule* find_rule(std::string_view id) {
    const auto rules = all_rules();
    const auto found = std::find_if(rules.begin(), rules.end(), [id](const Rule& r) { return r.id == id; });
    return found == rules.end() ? nullptr : &*found;
}

bool is_linux_config(const spec::Config& config) {
    return config.linux || !(config.windows || config.solaris || config.zos || config.freebsd);
}

void check_config(const Document& document, const spec::Config& config, Diagnostics& diagnostics,
                  bool runtime_only) {
    RuleContext context(document, config, diagnostics);
    const bool linux = is_linux_config(config);
    for (const Rule& rule : all_rules())
        if (rule.check && (rule.runtime_refuses || !runtime_only) && (linux || rule.any_platform))
            context.run(rule);
}

RuleContext::RuleContext(const Document& document, const spec::Config& checked, Diagnostics& diagnostics)
    : config(checked),
      process(or_empty(checked.process)),
      linux(or_empty(checked.linux)),
      resources(or_empty(linux.resources)),
      document_(document),
      diagnostics_(diagnostics) {}

bool RuleContext::has_namespace(spec::NamespaceType type) const {
    return std::any_of(linux.namespaces.begin(), linux.namespaces.end(),
                       [type](const auto& ns) { return ns.type == type; });
}

bool RuleContext::makes_namespace(spec::NamespaceType type) const {
    return std::any_of(linux.namespaces.begin(), linux.namespaces.end(),
                       [type](const auto& ns) { return ns.type == type && (!ns.path || ns.path->empty()); });
}

void RuleContext::report(std::string pointer, std::string message, Document::Part part) {
    diagnostics_.push_back(
        document_.at(rule_->severity, std::string(rule_->id), std::move(message), std::move(pointer), part));
}

void RuleContext::report(std::string pointer, std::string message, std::string other_pointer,
                         std::string why) {
    report(std::move(pointer), std::move(message));
    const Position position = document_.locate(other_pointer);
    diagnostics_.back().related.push_back({std::move(why), std::move(other_pointer), position});
}

void RuleContext::report_member(const std::string& object, std::string_view member, std::string message) {
    std::string pointer = pointer_append(object, member);
    report(document_.source(pointer).empty() ? object : std::move(pointer), std::move(message));
}

void RuleContext::run(const Rule& rule) {
    rule_ = &rule;
    rule.check(*this);
}

}  // namespace ocikit
