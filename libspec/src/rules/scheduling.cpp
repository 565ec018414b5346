// When and where the process runs: scheduler, I/O priority, affinity.
#include <cstdint>
#include <limits>

#include <ocikit/text.hpp>

#include "groups.hpp"
#include "values.hpp"

namespace ocikit {

namespace {

using Policy = spec::SchedulerPolicy;

void check_nice(RuleContext& rule) {
    const auto& scheduler = rule.process.scheduler;
    if (!scheduler || !scheduler->nice)
        return;
    const bool counts = scheduler->policy == Policy::other || scheduler->policy == Policy::batch;
    if (counts && (*scheduler->nice < -20 || *scheduler->nice > 19))
        rule.report("/process/scheduler/nice",
                    std::to_string(*scheduler->nice) + " is not within -20 and 19");
}

void check_nice_used(RuleContext& rule) {
    const auto& scheduler = rule.process.scheduler;
    if (scheduler && scheduler->nice.value_or(0) != 0 && scheduler->policy != Policy::other &&
        scheduler->policy != Policy::batch && scheduler->policy != Policy::idle)
        rule.report("/process/scheduler/nice", spec::to_text(scheduler->policy) + " has no nice values");
}

void check_policy(RuleContext& rule) {
    if (rule.process.scheduler && rule.process.scheduler->policy == Policy::iso)
        rule.report("/process/scheduler/policy", "no kernel has SCHED_ISO: it is reserved");
}

void check_priority(RuleContext& rule) {
    const auto& scheduler = rule.process.scheduler;
    if (!scheduler)
        return;
    const int priority = scheduler->priority.value_or(0);
    const std::string policy = spec::to_text(scheduler->policy);
    if (scheduler->policy == Policy::fifo || scheduler->policy == Policy::rr) {
        if (priority < 1 || priority > 99)
            rule.report_member("/process/scheduler", "priority",
                               policy + " needs a priority from 1 to 99, found " + std::to_string(priority));
    } else if (priority != 0) {
        rule.report("/process/scheduler/priority", policy + " has no priorities but 0");
    }
}

void check_deadline_used(RuleContext& rule) {
    const auto& scheduler = rule.process.scheduler;
    if (!scheduler || scheduler->policy == Policy::deadline)
        return;
    for (const auto& [name, value] :
         {std::pair{"runtime", scheduler->runtime}, std::pair{"deadline", scheduler->deadline},
          std::pair{"period", scheduler->period}})
        if (value.value_or(0) != 0)
            rule.report(pointer_append("/process/scheduler", name),
                        "this is for SCHED_DEADLINE, not for " + spec::to_text(scheduler->policy));
}

void check_deadline_order(RuleContext& rule) {
    const auto& scheduler = rule.process.scheduler;
    if (!scheduler || scheduler->policy != Policy::deadline)
        return;
    constexpr std::uint64_t shortest = 1024;
    constexpr std::uint64_t longest = std::numeric_limits<std::int64_t>::max();
    const std::string words = "sched_setattr: `SCHED_DEADLINE` ";
    const std::uint64_t runtime = scheduler->runtime.value_or(0);
    const std::uint64_t deadline = scheduler->deadline.value_or(0);
    const std::uint64_t period = scheduler->period.value_or(0);
    if (!scheduler->runtime || !scheduler->deadline)
        rule.report("/process/scheduler",
                    words + "requires `" + (scheduler->runtime ? "deadline" : "runtime") + "`, in ns");
    else if (runtime == 0)
        rule.report("/process/scheduler/runtime", words + "runtime must be greater than 0, at least 1024 ns");
    else if (runtime < shortest || runtime > longest)
        rule.report("/process/scheduler/runtime", words + "runtime " + std::to_string(runtime) +
                                                      " must be between " + std::to_string(shortest) +
                                                      " and " + std::to_string(longest) + " ns");
    else if (deadline > longest || period > longest)
        rule.report(std::string("/process/scheduler/") + (deadline > longest ? "deadline" : "period"),
                    words + (deadline > longest ? "deadline " : "period ") +
                        std::to_string(deadline > longest ? deadline : period) + " must be at most " +
                        std::to_string(longest) + " ns");
    else if (deadline < runtime)
        rule.report("/process/scheduler/deadline", words + "runtime " + std::to_string(runtime) +
                                                       " must be <= deadline " + std::to_string(deadline));
    else if (period != 0 && period < deadline)
        rule.report("/process/scheduler/period", words + "deadline " + std::to_string(deadline) +
                                                     " must be <= period " + std::to_string(period));
}

void check_io_priority(RuleContext& rule) {
    const auto& priority = rule.process.ioPriority;
    if (!priority)
        return;
    if (!priority->priority && priority->class_ != spec::IoPriorityClass::idle)
        rule.report("/process/ioPriority", "the property \"priority\" is missing");
    else if (priority->priority && (*priority->priority < 0 || *priority->priority > 7))
        rule.report("/process/ioPriority/priority",
                    std::to_string(*priority->priority) + " is not within 0 and 7");
}

void check_idle_io_priority(RuleContext& rule) {
    const auto& priority = rule.process.ioPriority;
    if (priority && !priority->priority && priority->class_ == spec::IoPriorityClass::idle)
        rule.report("/process/ioPriority", "the property \"priority\" is missing");
}

void check_affinity(RuleContext& rule) {
    const auto& affinity = rule.process.execCPUAffinity;
    if (!affinity)
        return;
    for (const auto& [name, list] :
         {std::pair{"initial", &affinity->initial}, std::pair{"final", &affinity->final_}})
        if (*list && !(*list)->empty() && !is_number_list(**list))
            rule.report(pointer_append("/process/execCPUAffinity", name),
                        quoted(**list) + " is no list of CPUs, expected one such as \"0-3,7\"");
        else if (*list && !(*list)->empty() && greatest_number(**list) > greatest_cpu)
            rule.report(pointer_append("/process/execCPUAffinity", name),
                        quoted(**list) + " has a number above " + std::to_string(greatest_cpu) +
                            ", no kernel has as many CPUs");
}

constexpr Rule rules[] = {
    {.id = "process/scheduler-nice",
     .summary = "a nice value is within -20 and 19",
     .details = "The kernel takes no other for SCHED_OTHER and SCHED_BATCH.",
     .source = "config.md#linux-process, sched_setattr(2)",
     .bad = R"({"process": {"scheduler": {"policy": "SCHED_OTHER", "nice": 20}}})",
     .good = R"({"process": {"scheduler": {"policy": "SCHED_OTHER", "nice": -20}}})",
     .runtime_refuses = true,
     .check = check_nice},
    {.id = "process/scheduler-nice-unused",
     .severity = Severity::warning,
     .summary = "a nice value goes with SCHED_OTHER, SCHED_BATCH or SCHED_IDLE",
     .details = "Real-time policies have priorities instead, and SCHED_DEADLINE has times.",
     .source = "config.md#linux-process, sched(7)",
     .bad = R"({"process": {"scheduler": {"policy": "SCHED_FIFO", "priority": 1, "nice": 5}}})",
     .good = R"({"process": {"scheduler": {"policy": "SCHED_BATCH", "nice": 5}}})",
     .check = check_nice_used},
    {.id = "process/scheduler-policy",
     .summary = "the policy is one that kernels have",
     .details = "SCHED_ISO is a reserved name, which no kernel takes.",
     .source = "config.md#linux-process, sched(7)",
     .bad = R"({"process": {"scheduler": {"policy": "SCHED_ISO"}}})",
     .good = R"({"process": {"scheduler": {"policy": "SCHED_IDLE"}}})",
     .runtime_refuses = true,
     .check = check_policy},
    {.id = "process/scheduler-priority",
     .summary = "real-time policies have a priority from 1 to 99, and others none",
     .details = "The kernel refuses SCHED_FIFO and SCHED_RR without a priority, and other policies with one.",
     .source = "config.md#linux-process, sched_setattr(2)",
     .bad = R"({"process": {"scheduler": {"policy": "SCHED_BATCH", "priority": 10}}})",
     .good = R"({"process": {"scheduler": {"policy": "SCHED_FIFO", "priority": 10}}})",
     .runtime_refuses = true,
     .check = check_priority},
    {.id = "process/scheduler-deadline",
     .summary = "runtime, deadline and period are for SCHED_DEADLINE",
     .details = "Other policies have no use for them, and runtimes refuse them.",
     .source = "config.md#linux-process, sched(7)",
     .bad = R"({"process": {"scheduler": {"policy": "SCHED_RR", "priority": 1, "period": 30000000}}})",
     .good = R"({"process": {"scheduler": {"policy": "SCHED_RR", "priority": 1}}})",
     .runtime_refuses = true,
     .check = check_deadline_used},
    {.id = "process/scheduler-times",
     .summary = "SCHED_DEADLINE has runtime <= deadline <= period",
     .details =
         "The kernel refuses other times, and a runtime below 1024 ns or beyond 63 bits. A period of 0 is "
         "that of the deadline.",
     .source = "config.md#linux-process, sched(7)",
     .bad =
         R"({"process": {"scheduler": {"policy": "SCHED_DEADLINE", "runtime": 30000000, "deadline": 20000000, "period": 40000000}}})",
     .good =
         R"({"process": {"scheduler": {"policy": "SCHED_DEADLINE", "runtime": 10000000, "deadline": 20000000}}})",
     .runtime_refuses = true,
     .check = check_deadline_order},
    {.id = "process/io-priority",
     .summary = "process.ioPriority has a priority within 0 and 7",
     .details = "priority is required; 0 is the highest and 7 the lowest.",
     .source = "config.md#linux-process, ioprio_set(2)",
     .bad = R"({"process": {"ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 8}}})",
     .good = R"({"process": {"ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 7}}})",
     .runtime_refuses = true,
     .check = check_io_priority},
    {.id = "process/io-priority-idle",
     .summary = "a priority is given with IOPRIO_CLASS_IDLE too",
     .details =
         "The kernel has no use for it and runtimes let it be missing, but the specification requires it.",
     .source = "config.md#linux-process, ioprio_set(2)",
     .bad = R"({"process": {"ioPriority": {"class": "IOPRIO_CLASS_IDLE"}}})",
     .good = R"({"process": {"ioPriority": {"class": "IOPRIO_CLASS_IDLE", "priority": 0}}})",
     .check = check_idle_io_priority},
    {.id = "process/cpu-affinity",
     .summary = "process.execCPUAffinity has lists of CPUs",
     .details = "A list is made of numbers and ranges, such as 0-3,7. An empty one changes nothing.",
     .source = "config.md#linux-process",
     .bad = R"({"process": {"execCPUAffinity": {"initial": "0..3"}}})",
     .good = R"({"process": {"execCPUAffinity": {"initial": "0-3,7", "final": ""}}})",
     .runtime_refuses = true,
     .check = check_affinity},
};

}  // namespace

std::span<const Rule> scheduling_rules() {
    return rules;
}

}  // namespace ocikit
