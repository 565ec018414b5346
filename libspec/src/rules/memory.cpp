// Limits of memory. -1 is unlimited, and 0 is what runtimes take for not set.
#include "groups.hpp"

namespace ocikit {

namespace {

const spec::Memory& memory_of(const RuleContext& rule) {
    static const spec::Memory none;
    return rule.resources.memory ? *rule.resources.memory : none;
}

void check_values(RuleContext& rule) {
    const spec::Memory& memory = memory_of(rule);
    for (const auto& [name, value] :
         {std::pair{"limit", memory.limit}, std::pair{"reservation", memory.reservation},
          std::pair{"swap", memory.swap}, std::pair{"kernel", memory.kernel},
          std::pair{"kernelTCP", memory.kernelTCP}})
        if (value.value_or(0) < -1)
            rule.report(pointer_append("/linux/resources/memory", name),
                        std::to_string(*value) + " is no limit, expected -1 for none or a number of bytes");
}

void check_swap_limit(RuleContext& rule) {
    const spec::Memory& memory = memory_of(rule);
    const std::int64_t limit = memory.limit.value_or(0);
    const std::int64_t swap = memory.swap.value_or(0);
    if (swap > 0 && limit > swap)
        rule.report(
            "/linux/resources/memory/swap",
            "the limit of memory and swap together is below the limit of memory, " + std::to_string(limit));
}

void check_swap_alone(RuleContext& rule) {
    const spec::Memory& memory = memory_of(rule);
    if (memory.swap.value_or(0) > 0 && memory.limit.value_or(0) <= 0)
        rule.report("/linux/resources/memory/swap", "a limit of memory and swap needs a limit of memory too");
}

void check_reservation(RuleContext& rule) {
    const spec::Memory& memory = memory_of(rule);
    if (memory.limit.value_or(0) > 0 && memory.reservation.value_or(0) > *memory.limit)
        rule.report(
            "/linux/resources/memory/reservation",
            "the soft limit is above the limit, " + std::to_string(*memory.limit) + ", and has no effect");
}

void check_swappiness(RuleContext& rule) {
    if (const auto& swappiness = memory_of(rule).swappiness; swappiness && *swappiness > 100)
        rule.report("/linux/resources/memory/swappiness",
                    std::to_string(*swappiness) + " is not within 0 and 100");
}

void check_kernel(RuleContext& rule) {
    const spec::Memory& memory = memory_of(rule);
    for (const auto& [name, value] :
         {std::pair{"kernel", memory.kernel}, std::pair{"kernelTCP", memory.kernelTCP}})
        if (value)
            rule.report(pointer_append("/linux/resources/memory", name),
                        std::string(name) + " is not recommended: today's kernels have no such limit",
                        Document::Part::key);
}

void check_hierarchy(RuleContext& rule) {
    if (memory_of(rule).useHierarchy)
        rule.report("/linux/resources/memory/useHierarchy",
                    "today's kernels always count memory by hierarchy", Document::Part::key);
}

void check_small(RuleContext& rule) {
    constexpr std::int64_t least = 512 * 1024;
    if (const std::int64_t limit = memory_of(rule).limit.value_or(0); limit > 0 && limit < least)
        rule.report("/linux/resources/memory/limit",
                    std::to_string(limit) + " bytes are less than a runtime needs to start a program");
}

constexpr Rule rules[] = {
    {.id = "memory/value",
     .summary = "a limit of memory is -1 or a number of bytes",
     .details = "-1 is for no limit. No other negative number is one.",
     .source = "config-linux.md#memory",
     .bad = R"({"linux": {"resources": {"memory": {"limit": -2}}}})",
     .good = R"({"linux": {"resources": {"memory": {"limit": -1}}}})",
     .runtime_refuses = true,
     .check = check_values},
    {.id = "memory/swap-below-limit",
     .summary = "swap is not below limit",
     .details =
         "swap is the limit of memory and swap together, so that it can't be less than that of memory.",
     .source = "config-linux.md#memory",
     .bad = R"({"linux": {"resources": {"memory": {"limit": 2097152, "swap": 1048576}}}})",
     .good = R"({"linux": {"resources": {"memory": {"limit": 1048576, "swap": 1048576}}}})",
     .runtime_refuses = true,
     .check = check_swap_limit},
    {.id = "memory/swap-alone",
     .summary = "swap comes with limit",
     .details = "What may be swapped is the difference between the two, so that a limit of memory and swap "
                "means nothing without one of memory.",
     .source = "config-linux.md#memory",
     .bad = R"({"linux": {"resources": {"memory": {"swap": 1048576}}}})",
     .good = R"({"linux": {"resources": {"memory": {"swap": -1}}}})",
     .runtime_refuses = true,
     .check = check_swap_alone},
    {.id = "memory/reservation",
     .severity = Severity::warning,
     .summary = "reservation is not above limit",
     .details = "The soft limit counts when memory is short; above the hard limit it is never reached.",
     .source = "config-linux.md#memory",
     .bad = R"({"linux": {"resources": {"memory": {"limit": 1048576, "reservation": 2097152}}}})",
     .good = R"({"linux": {"resources": {"memory": {"limit": -1, "reservation": 2097152}}}})",
     .check = check_reservation},
    {.id = "memory/swappiness",
     .summary = "swappiness is within 0 and 100",
     .details = "Higher means that more is swapped.",
     .source = "config-linux.md#memory",
     .bad = R"({"linux": {"resources": {"memory": {"swappiness": 101}}}})",
     .good = R"({"linux": {"resources": {"memory": {"swappiness": 100}}}})",
     .runtime_refuses = true,
     .check = check_swappiness},
    {.id = "memory/kernel",
     .severity = Severity::warning,
     .summary = "there are no limits of the kernel's own memory",
     .details =
         "kernel and kernelTCP are not recommended: the kernel has dropped the former, and has neither in "
         "version 2 of cgroups.",
     .source = "config-linux.md#memory",
     .bad = R"({"linux": {"resources": {"memory": {"kernel": 1048576}}}})",
     .good = R"({"linux": {"resources": {"memory": {"limit": 1048576}}}})",
     .check = check_kernel},
    {.id = "memory/hierarchy",
     .severity = Severity::warning,
     .summary = "useHierarchy is not set",
     .details = "The kernel has dropped the choice: memory of child cgroups counts for their parents.",
     .source = "config-linux.md#memory",
     .bad = R"({"linux": {"resources": {"memory": {"useHierarchy": true}}}})",
     .good = R"({"linux": {"resources": {"memory": {"limit": 1048576}}}})",
     .check = check_hierarchy},
    {.id = "memory/small",
     .severity = Severity::warning,
     .summary = "the limit of memory is enough to start a program",
     .details = "The limit counts for the runtime's own process in the container too: with less than some "
                "hundred kilobytes it is killed. Most often the unit is wrong: the number is in bytes.",
     .source = "config-linux.md#memory",
     .bad = R"({"linux": {"resources": {"memory": {"limit": 512}}}})",
     .good = R"({"linux": {"resources": {"memory": {"limit": 536870912}}}})",
     .check = check_small},
};

}  // namespace

std::span<const Rule> memory_rules() {
    return rules;
}

}  // namespace ocikit
