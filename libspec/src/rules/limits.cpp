// The limits and capabilities of the process.
#include <algorithm>
#include <map>
#include <utility>

#include <ocikit/capability.hpp>
#include <ocikit/rlimit.hpp>
#include <ocikit/text.hpp>

#include "groups.hpp"

namespace ocikit {

namespace {

using Names = std::vector<std::string>;

std::string rlimit_pointer(std::size_t index, std::string_view member) {
    return pointer_append(pointer_append("/process/rlimits", index), member);
}

void check_rlimit_types(RuleContext& rule) {
    const auto& limits = rule.process.rlimits;
    for (std::size_t i = 0; i < limits.size(); ++i)
        if (!rlimit_number(limits[i].type))
            rule.report(rlimit_pointer(i, "type"), "there is no limit " + quoted(limits[i].type));
}

void check_rlimits_twice(RuleContext& rule) {
    std::map<std::string, std::size_t> seen;
    const auto& limits = rule.process.rlimits;
    for (std::size_t i = 0; i < limits.size(); ++i)
        if (const auto [first, is_new] = seen.emplace(limits[i].type, i); !is_new)
            rule.report(rlimit_pointer(i, "type"), limits[i].type + " is there twice",
                        rlimit_pointer(first->second, "type"), "the first one");
}

void check_rlimit_order(RuleContext& rule) {
    const auto& limits = rule.process.rlimits;
    for (std::size_t i = 0; i < limits.size(); ++i)
        if (limits[i].soft > limits[i].hard)
            rule.report(rlimit_pointer(i, "soft"), std::to_string(limits[i].soft) +
                                                       " is above the hard limit " +
                                                       std::to_string(limits[i].hard));
}

constexpr std::pair<std::string_view, Names spec::Capabilities::*> sets[] = {
    {"bounding", &spec::Capabilities::bounding},       {"effective", &spec::Capabilities::effective},
    {"inheritable", &spec::Capabilities::inheritable}, {"permitted", &spec::Capabilities::permitted},
    {"ambient", &spec::Capabilities::ambient},
};

std::string capability_pointer(std::string_view set, std::size_t index) {
    return pointer_append(pointer_append("/process/capabilities", set), index);
}

void check_capability_names(RuleContext& rule) {
    if (!rule.process.capabilities)
        return;
    for (const auto& [set, member] : sets) {
        const Names& names = (*rule.process.capabilities).*member;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (capability_number(names[i]))
                continue;
            const auto known = capability_names();
            const auto meant = nearest(names[i], {known.begin(), known.end()});
            rule.report(capability_pointer(set, i),
                        "there is no capability " + quoted(names[i]) +
                            (meant.empty() ? "" : ", did you mean " + quoted(meant) + '?'));
        }
    }
}

// Reports the names of one set that aren't in another.
void require_subset(RuleContext& rule, std::string_view set, const Names& names, const Names& of,
                    const std::string& what) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (capability_number(names[i]) && std::find(of.begin(), of.end(), names[i]) == of.end())
            rule.report(capability_pointer(set, i), names[i] + " is not " + what);
}

void check_effective(RuleContext& rule) {
    if (const auto& all = rule.process.capabilities)
        require_subset(rule, "effective", all->effective, all->permitted, "in the permitted set");
}

void check_inheritable(RuleContext& rule) {
    if (const auto& all = rule.process.capabilities)
        require_subset(rule, "inheritable", all->inheritable, all->bounding, "in the bounding set");
}

void check_ambient(RuleContext& rule) {
    const auto& all = rule.process.capabilities;
    if (!all)
        return;
    Names both;
    for (const std::string& name : all->permitted)
        if (std::find(all->inheritable.begin(), all->inheritable.end(), name) != all->inheritable.end())
            both.push_back(name);
    require_subset(rule, "ambient", all->ambient, both, "both in the permitted and in the inheritable set");
}

constexpr Rule rules[] = {
    {.id = "process/rlimit-type",
     .summary = "a limit is one that the kernel has",
     .details = "The names are those of getrlimit(2). Runtimes must refuse any other.",
     .source = "config.md#posix-process, getrlimit(2)",
     .bad = R"({"process": {"rlimits": [{"type": "RLIMIT_FILES", "soft": 1, "hard": 1}]}})",
     .good = R"({"process": {"rlimits": [{"type": "RLIMIT_NOFILE", "soft": 1, "hard": 1}]}})",
     .runtime_refuses = true,
     .check = check_rlimit_types},
    {.id = "process/rlimit-duplicate",
     .summary = "no limit is set twice",
     .details = "Runtimes must refuse two entries of the same type.",
     .source = "config.md#posix-process",
     .bad =
         R"({"process": {"rlimits": [{"type": "RLIMIT_CORE", "soft": 0, "hard": 0}, {"type": "RLIMIT_CORE", "soft": 1, "hard": 1}]}})",
     .good =
         R"({"process": {"rlimits": [{"type": "RLIMIT_CORE", "soft": 0, "hard": 0}, {"type": "RLIMIT_CPU", "soft": 1, "hard": 1}]}})",
     .runtime_refuses = true,
     .posix = true,
     .check = check_rlimits_twice},
    {.id = "process/rlimit-order",
     .summary = "a soft limit is not above its hard limit",
     .details = "The kernel refuses it with EINVAL.",
     .source = "config.md#posix-process, setrlimit(2)",
     .bad = R"({"process": {"rlimits": [{"type": "RLIMIT_NOFILE", "soft": 2048, "hard": 1024}]}})",
     .good =
         R"({"process": {"rlimits": [{"type": "RLIMIT_NOFILE", "soft": 1024, "hard": 18446744073709551615}]}})",
     .runtime_refuses = true,
     .posix = true,
     .check = check_rlimit_order},
    {.id = "process/capability-name",
     .severity = Severity::warning,
     .summary = "capabilities are ones that the kernel has",
     .details = "A runtime leaves out what it doesn't know, and says so. The names are those of "
                "capabilities(7), in capitals and with CAP_.",
     .source = "config.md#linux-process, capabilities(7)",
     .bad = R"({"process": {"capabilities": {"bounding": ["CAP_NET_BINDSERVICE"]}}})",
     .good = R"({"process": {"capabilities": {"bounding": ["CAP_NET_BIND_SERVICE"]}}})",
     .check = check_capability_names},
    {.id = "process/capability-effective",
     .summary = "effective capabilities are permitted ones",
     .details = "The kernel refuses to set a capability as effective which isn't in the permitted set.",
     .source = "config.md#linux-process, capset(2)",
     .bad =
         R"({"process": {"capabilities": {"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": []}}})",
     .good =
         R"({"process": {"capabilities": {"bounding": ["CAP_KILL"], "effective": [], "permitted": ["CAP_KILL"]}}})",
     .check = check_effective},
    {.id = "process/capability-inheritable",
     .summary = "inheritable capabilities are in the bounding set",
     .details =
         "The kernel refuses to add a capability to the inheritable set that is not in the bounding set.",
     .source = "config.md#linux-process, capset(2)",
     .bad = R"({"process": {"capabilities": {"bounding": [], "inheritable": ["CAP_KILL"]}}})",
     .good = R"({"process": {"capabilities": {"bounding": ["CAP_KILL"], "inheritable": ["CAP_KILL"]}}})",
     .check = check_inheritable},
    {.id = "process/capability-ambient",
     .severity = Severity::warning,
     .summary = "ambient capabilities are both permitted and inheritable",
     .details = "The kernel doesn't raise any other in the ambient set; runtimes warn and go on, or refuse.",
     .source = "config.md#linux-process, capabilities(7)",
     .bad =
         R"({"process": {"capabilities": {"bounding": ["CAP_KILL"], "effective": [], "permitted": ["CAP_KILL"], "inheritable": [], "ambient": ["CAP_KILL"]}}})",
     .good =
         R"({"process": {"capabilities": {"bounding": ["CAP_KILL"], "effective": [], "permitted": ["CAP_KILL"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}}})",
     .check = check_ambient},
};

}  // namespace

std::span<const Rule> limit_rules() {
    return rules;
}

}  // namespace ocikit
