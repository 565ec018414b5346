// Caches, memory nodes and execution domain: intelRdt, memoryPolicy, personality.
#include <algorithm>

#include <ocikit/text.hpp>

#include "groups.hpp"
#include "values.hpp"

namespace ocikit {

namespace {

using Mode = spec::MemoryPolicyMode;

void check_clos(RuleContext& rule) {
    if (!rule.linux.intelRdt || !rule.linux.intelRdt->closID)
        return;
    const std::string& id = *rule.linux.intelRdt->closID;
    const bool bad =
        id == "." || id == ".." || (id != "/" && id.find('/') != id.npos) || id.find('\n') != id.npos;
    if (bad)
        rule.report("/linux/intelRdt/closID", quoted(id) + " is no name of a directory in resctrl");
    if (id == "info" || id == "mon_groups" || id == "mon_data")
        rule.report("/linux/intelRdt/closID", quoted(id) + " is a directory of resctrl's own");
}

void check_lines(RuleContext& rule) {
    const auto& rdt = rule.linux.intelRdt;
    if (!rdt)
        return;
    const auto check = [&rule](const std::string& text, std::string pointer) {
        if (text.find('\n') != text.npos)
            rule.report(std::move(pointer), "a schema is one line, without a newline");
    };
    check(rdt->memBwSchema.value_or(""), "/linux/intelRdt/memBwSchema");
    for (std::size_t i = 0; i < rdt->schemata.size(); ++i)
        check(rdt->schemata[i], pointer_append("/linux/intelRdt/schemata", i));
}

void check_bandwidth(RuleContext& rule) {
    if (const auto& rdt = rule.linux.intelRdt;
        rdt && rdt->memBwSchema && !rdt->memBwSchema->starts_with("MB:"))
        rule.report("/linux/intelRdt/memBwSchema",
                    quoted(*rdt->memBwSchema) + " does not begin with \"MB:\"");
}

void check_cache(RuleContext& rule) {
    const auto& rdt = rule.linux.intelRdt;
    if (rdt && rdt->l3CacheSchema &&
        (!rdt->l3CacheSchema->starts_with("L3") || rdt->l3CacheSchema->find('\n') != std::string::npos))
        rule.report("/linux/intelRdt/l3CacheSchema",
                    quoted(*rdt->l3CacheSchema) + " should begin with \"L3:\" and be one line");
}

void check_mode(RuleContext& rule) {
    if (rule.linux.memoryPolicy && !rule.linux.memoryPolicy->mode)
        rule.report("/linux/memoryPolicy", "the property \"mode\" is missing");
}

void check_nodes(RuleContext& rule) {
    const auto& policy = rule.linux.memoryPolicy;
    if (!policy || !policy->mode)
        return;
    const std::string nodes = policy->nodes.value_or("");
    if (!nodes.empty() && !is_number_list(nodes))
        return rule.report("/linux/memoryPolicy/nodes",
                           quoted(nodes) + " is no list of nodes, expected one such as \"0-3,7\"");
    if (!nodes.empty() && greatest_number(nodes) > greatest_node)
        return rule.report("/linux/memoryPolicy/nodes", quoted(nodes) + " has a number above " +
                                                            std::to_string(greatest_node) +
                                                            ", no kernel has as many nodes");
    const bool forbids = policy->mode == Mode::default_ || policy->mode == Mode::local;
    const bool needs = !forbids && policy->mode != Mode::preferred;
    if (forbids && !nodes.empty())
        rule.report("/linux/memoryPolicy/nodes", spec::to_text(*policy->mode) + " takes no nodes");
    if (needs && nodes.empty())
        rule.report_member("/linux/memoryPolicy", "nodes",
                           spec::to_text(*policy->mode) + " needs a node at least");
}

void check_flags(RuleContext& rule) {
    const auto& policy = rule.linux.memoryPolicy;
    if (!policy)
        return;
    const auto has = [&policy](spec::MemoryPolicyFlag flag) {
        return std::find(policy->flags.begin(), policy->flags.end(), flag) != policy->flags.end();
    };
    if (has(spec::MemoryPolicyFlag::relative_nodes) && has(spec::MemoryPolicyFlag::static_nodes))
        rule.report("/linux/memoryPolicy/flags",
                    "MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude each other");
}

// mpol_new() and sanitize_mpol_flags() of the kernel
void check_flags_used(RuleContext& rule) {
    const auto& policy = rule.linux.memoryPolicy;
    if (!policy || !policy->mode)
        return;
    const Mode mode = *policy->mode;
    const bool without_nodes = policy->nodes.value_or("").empty();
    for (std::size_t i = 0; i < policy->flags.size(); ++i) {
        const bool of_nodes = policy->flags[i] != spec::MemoryPolicyFlag::numa_balancing;
        const bool wrong = of_nodes ? mode == Mode::default_ || mode == Mode::local ||
                                          (mode == Mode::preferred && without_nodes)
                                    : mode != Mode::bind && mode != Mode::preferred_many;
        if (wrong)
            rule.report(pointer_append("/linux/memoryPolicy/flags", i),
                        spec::to_text(policy->flags[i]) + " doesn't go with " + spec::to_text(mode) +
                            (of_nodes && mode == Mode::preferred ? " without nodes" : ""));
    }
}

void check_domain(RuleContext& rule) {
    if (rule.linux.personality && !rule.linux.personality->domain)
        rule.report("/linux/personality", "the property \"domain\" is missing");
}

void check_personality_flags(RuleContext& rule) {
    if (rule.linux.personality && !rule.linux.personality->flags.empty())
        rule.report("/linux/personality/flags/0", "the specification has no flags yet");
}

constexpr Rule rules[] = {
    {.id = "intel-rdt/clos",
     .summary = "closID is the name of a directory",
     .details = "It names a directory of the resctrl filesystem: no slash but for \"/\" itself, which is the "
                "default class, and not a dot or two.",
     .source = "config-linux.md#intelrdt",
     .bad = R"({"linux": {"intelRdt": {"closID": "../x"}}})",
     .good = R"({"linux": {"intelRdt": {"closID": "/"}}})",
     .runtime_refuses = true,
     .check = check_clos},
    {.id = "intel-rdt/line",
     .summary = "a schema has no newline",
     .details = "memBwSchema and each entry of schemata are a line of the schemata file.",
     .source = "config-linux.md#intelrdt",
     .bad = R"({"linux": {"intelRdt": {"schemata": ["L3:0=f\nMB:0=20"]}}})",
     .good = R"({"linux": {"intelRdt": {"schemata": ["L3:0=f", "MB:0=20"]}}})",
     .runtime_refuses = true,
     .check = check_lines},
    {.id = "intel-rdt/bandwidth",
     .summary = "memBwSchema begins with MB:",
     .details = "The value must start with MB:, followed by IDs of caches and bandwidths.",
     .source = "config-linux.md#intelrdt",
     .bad = R"({"linux": {"intelRdt": {"memBwSchema": "0=20"}}})",
     .good = R"({"linux": {"intelRdt": {"memBwSchema": "MB:0=20;1=70"}}})",
     .runtime_refuses = true,
     .check = check_bandwidth},
    {.id = "intel-rdt/cache",
     .severity = Severity::warning,
     .summary = "l3CacheSchema begins with L3: and is one line",
     .details = "The value should start with L3:, or L3CODE: and L3DATA: where the two are apart.",
     .source = "config-linux.md#intelrdt",
     .bad = R"({"linux": {"intelRdt": {"l3CacheSchema": "0=ff"}}})",
     .good = R"({"linux": {"intelRdt": {"l3CacheSchema": "L3:0=ff"}}})",
     .check = check_cache},
    {.id = "memory-policy/mode",
     .summary = "memoryPolicy has a mode",
     .details = "mode is required.",
     .source = "config-linux.md#memory-policy",
     .bad = R"({"linux": {"memoryPolicy": {"nodes": "0"}}})",
     .good = R"({"linux": {"memoryPolicy": {"mode": "MPOL_LOCAL"}}})",
     .runtime_refuses = true,
     .check = check_mode},
    {.id = "memory-policy/nodes",
     .summary = "nodes fit the mode",
     .details =
         "MPOL_DEFAULT and MPOL_LOCAL take none, MPOL_PREFERRED may go without, all others need one at "
         "least. A list is made of numbers and ranges, such as 0-3,7.",
     .source = "config-linux.md#memory-policy, set_mempolicy(2)",
     .bad = R"({"linux": {"memoryPolicy": {"mode": "MPOL_LOCAL", "nodes": "0"}}})",
     .good = R"({"linux": {"memoryPolicy": {"mode": "MPOL_INTERLEAVE", "nodes": "0-1"}}})",
     .runtime_refuses = true,
     .check = check_nodes},
    {.id = "memory-policy/flags",
     .summary = "nodes are not both relative and static",
     .details = "The kernel refuses the two flags together.",
     .source = "config-linux.md#memory-policy, set_mempolicy(2)",
     .bad =
         R"({"linux": {"memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"]}}})",
     .good =
         R"({"linux": {"memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}}})",
     .runtime_refuses = true,
     .check = check_flags},
    {.id = "personality/domain",
     .summary = "personality has a domain",
     .details = "domain is required.",
     .source = "config-linux.md#personality",
     .bad = R"({"linux": {"personality": {}}})",
     .good = R"({"linux": {"personality": {"domain": "LINUX32"}}})",
     .runtime_refuses = true,
     .check = check_domain},
    {.id = "personality/flags",
     .summary = "personality has no flags",
     .details = "No flag is supported by the specification so far.",
     .source = "config-linux.md#personality",
     .bad = R"({"linux": {"personality": {"domain": "LINUX", "flags": ["ADDR_NO_RANDOMIZE"]}}})",
     .good = R"({"linux": {"personality": {"domain": "LINUX", "flags": []}}})",
     .runtime_refuses = true,
     .check = check_personality_flags},
    {.id = "memory-policy/flags-mode",
     .summary = "a flag goes with the mode",
     .details = "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES are about nodes, and go with modes that have "
                "some; MPOL_F_NUMA_BALANCING goes with MPOL_BIND and MPOL_PREFERRED_MANY.",
     .source = "config-linux.md#memory-policy, set_mempolicy(2)",
     .bad =
         R"({"linux": {"memoryPolicy": {"mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": ["MPOL_F_NUMA_BALANCING"]}}})",
     .good =
         R"({"linux": {"memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_NUMA_BALANCING"]}}})",
     .runtime_refuses = true,
     .check = check_flags_used},
};

}  // namespace

std::span<const Rule> placement_rules() {
    return rules;
}

}  // namespace ocikit
