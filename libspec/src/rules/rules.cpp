#include <algorithm>
#include <array>
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

auto groups() {
    return std::array{document_rules(), version_rules(),       root_rules(),       process_rules(),
                      limit_rules(),    scheduling_rules(),    program_rules(),    namespace_rules(),
                      mapping_rules(),  mount_rules(),         mount_risk_rules(), tree_rules(),
                      path_rules(),     hook_rules(),          device_rules(),     sysctl_rules(),
                      memory_rules(),   resource_rules(),      seccomp_rules(),    placement_rules(),
                      label_rules(),    security_rules(),      annotation_rules(), platform_rules(),
                      host_rules(),     other_document_rules()};
}

std::vector<Rule> collect() {
    std::vector<Rule> rules;
    for (const auto group : groups())
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

Platform platform_of(const spec::Config& config) {
    if (config.linux)
        return Platform::linux;
    return config.windows   ? Platform::windows
           : config.solaris ? Platform::solaris
           : config.zos     ? Platform::zos
           : config.freebsd ? Platform::freebsd
                            : Platform::linux;
}

std::string_view to_string(Platform platform) {
    switch (platform) {
        case Platform::linux:
            return "linux";
        case Platform::windows:
            return "windows";
        case Platform::solaris:
            return "solaris";
        case Platform::zos:
            return "zos";
        case Platform::freebsd:
            return "freebsd";
    }
    return "";
}

bool is_linux_config(const spec::Config& config) {
    return platform_of(config) == Platform::linux;
}

void check_config(const Document& document, const spec::Config& config, Diagnostics& diagnostics,
                  const RuleOptions& options) {
    RuleContext context(document, config, diagnostics, options);
    const bool linux = context.platform == Platform::linux;
    const bool posix = context.platform != Platform::windows;
    for (const auto group : groups())
        for (const Rule& rule : group)
            if (rule.check && (rule.runtime_refuses || !options.runtime_only) &&
                (linux || rule.any_platform || (posix && rule.posix)))
                context.run(rule);
}

RuleContext::RuleContext(const Document& document, const spec::Config& checked, Diagnostics& diagnostics,
                         const RuleOptions& options)
    : platform(options.platform.value_or(platform_of(checked))),
      held_to(options.held_to),
      config(checked),
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

bool RuleContext::has_member(const std::string& object, std::string_view member) const {
    return !document_.source(pointer_append(object, member)).empty();
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
    report(has_member(object, member) ? pointer_append(object, member) : object, std::move(message));
}

void RuleContext::run(const Rule& rule) {
    rule_ = &rule;
    rule.check(*this);
}

}  // namespace ocikit
