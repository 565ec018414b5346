// What a process is given beside its user and its limits: when and where it runs
// (config.md#linux-process), what it sees the machine as, and its labels.
#include <algorithm>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <sys/personality.h>

#include "plan/make_plan.hpp"
#include "plan/number_list.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

using Policy = spec::SchedulerPolicy;

std::uint32_t policy_number(Policy policy) {
    switch (policy) {
        case Policy::other:
            return SCHED_NORMAL;
        case Policy::fifo:
            return SCHED_FIFO;
        case Policy::rr:
            return SCHED_RR;
        case Policy::batch:
            return SCHED_BATCH;
        case Policy::iso:
            refuse("/process/scheduler/policy", "SCHED_ISO is a reserved name: Linux has no such policy");
        case Policy::idle:
            return SCHED_IDLE;
        case Policy::deadline:
            break;
    }
    return SCHED_DEADLINE;
}

std::uint64_t flag_bit(spec::SchedulerFlag flag) {
    using Flag = spec::SchedulerFlag;
    switch (flag) {
        case Flag::reset_on_fork:
            return SCHED_FLAG_RESET_ON_FORK;
        case Flag::reclaim:
            return SCHED_FLAG_RECLAIM;
        case Flag::dl_overrun:
            return SCHED_FLAG_DL_OVERRUN;
        case Flag::keep_policy:
            return SCHED_FLAG_KEEP_POLICY;
        case Flag::keep_params:
            return SCHED_FLAG_KEEP_PARAMS;
        case Flag::util_clamp_min:
            return SCHED_FLAG_UTIL_CLAMP_MIN;
        case Flag::util_clamp_max:
            break;
    }
    return SCHED_FLAG_UTIL_CLAMP_MAX;
}

void check_priority(const SchedulerStep& step, std::int32_t priority) {
    const bool real_time = step.policy == SCHED_FIFO || step.policy == SCHED_RR;
    if (real_time && (priority < 1 || priority > 99))
        refuse("/process/scheduler/priority",
               step.name + " needs a priority from 1 to 99, found " + std::to_string(priority));
    if (!real_time && priority != 0)
        refuse("/process/scheduler/priority", step.name + " has no priorities but 0");
}

void check_times(const SchedulerStep& step) {
    const std::pair<const char*, std::uint64_t> times[] = {
        {"runtime", step.runtime}, {"deadline", step.deadline}, {"period", step.period}};
    for (const auto& [member, value] : times)
        if (step.policy != SCHED_DEADLINE && value != 0)
            refuse("/process/scheduler/" + std::string(member),
                   "is for SCHED_DEADLINE, not for " + step.name);
    if (step.policy != SCHED_DEADLINE)
        return;
    constexpr std::uint64_t shortest = 1024;                         // ns; sched(7)
    constexpr std::uint64_t longest = (std::uint64_t{1} << 63) - 1;  // sched_setattr(2)
    for (const auto& [member, value] : times)
        if (value > longest)
            refuse("/process/scheduler/" + std::string(member),
                   std::to_string(value) + " ns is more than the kernel takes, " + std::to_string(longest));
    if (step.runtime < shortest)
        refuse("/process/scheduler/runtime", "SCHED_DEADLINE needs a runtime of at least 1024 ns");
    if (step.deadline == 0)
        refuse("/process/scheduler/deadline", "missing: SCHED_DEADLINE needs one");
    if (step.deadline < step.runtime)
        refuse("/process/scheduler/deadline", "is shorter than the runtime");
    if (step.period != 0 && step.period < step.deadline)
        refuse("/process/scheduler/period", "is shorter than the deadline");
}

SchedulerStep plan_scheduler(const spec::Scheduler& scheduler) {
    SchedulerStep step;
    step.name = spec::to_text(scheduler.policy);
    step.policy = policy_number(scheduler.policy);
    for (const auto flag : scheduler.flags)
        step.flags |= flag_bit(flag);
    step.nice = scheduler.nice.value_or(0);
    const bool has_nice = step.policy == SCHED_NORMAL || step.policy == SCHED_BATCH;
    if (has_nice && (step.nice < -20 || step.nice > 19))
        refuse("/process/scheduler/nice", std::to_string(step.nice) + " is not within -20 and 19");
    check_priority(step, scheduler.priority.value_or(0));
    step.priority = static_cast<std::uint32_t>(scheduler.priority.value_or(0));
    step.runtime = scheduler.runtime.value_or(0);
    step.deadline = scheduler.deadline.value_or(0);
    step.period = scheduler.period.value_or(0);
    check_times(step);
    return step;
}

int plan_io_priority(const spec::IoPriority& priority) {
    // the idle class has no priorities (ioprio_set(2))
    if (!priority.priority && priority.class_ != spec::IoPriorityClass::idle)
        refuse("/process/ioPriority/priority", "missing", "0 is the highest, 7 the lowest");
    const int level = priority.priority.value_or(0);
    if (level < 0 || level > 7)
        refuse("/process/ioPriority/priority", std::to_string(level) + " is not within 0 and 7");
    int io_class = IOPRIO_CLASS_IDLE;
    if (priority.class_ == spec::IoPriorityClass::rt)
        io_class = IOPRIO_CLASS_RT;
    else if (priority.class_ == spec::IoPriorityClass::be)
        io_class = IOPRIO_CLASS_BE;
    return io_class << IOPRIO_CLASS_SHIFT | level;
}

int mode_number(spec::MemoryPolicyMode mode) {
    using Mode = spec::MemoryPolicyMode;
    switch (mode) {
        case Mode::default_:
            return MPOL_DEFAULT;
        case Mode::bind:
            return MPOL_BIND;
        case Mode::interleave:
            return MPOL_INTERLEAVE;
        case Mode::weighted_interleave:
            return 6;  // MPOL_WEIGHTED_INTERLEAVE, Linux 6.9
        case Mode::preferred:
            return MPOL_PREFERRED;
        case Mode::preferred_many:
            return MPOL_PREFERRED_MANY;
        case Mode::local:
            break;
    }
    return MPOL_LOCAL;
}

int mode_flag(spec::MemoryPolicyFlag flag) {
    switch (flag) {
        case spec::MemoryPolicyFlag::numa_balancing:
            return 1 << 13;  // MPOL_F_NUMA_BALANCING
        case spec::MemoryPolicyFlag::relative_nodes:
            return MPOL_F_RELATIVE_NODES;
        case spec::MemoryPolicyFlag::static_nodes:
            break;
    }
    return MPOL_F_STATIC_NODES;
}

// set_mempolicy(2): which modes go with nodes and flags.
void check_memory_policy(const spec::MemoryPolicy& policy, const MemoryPolicyStep& step) {
    using Mode = spec::MemoryPolicyMode;
    const Mode mode = *policy.mode;
    const std::string name = spec::to_text(mode);
    const bool forbids_nodes = mode == Mode::default_ || mode == Mode::local;
    if (forbids_nodes && !step.nodes.empty())
        refuse("/linux/memoryPolicy/nodes", name + " takes no nodes");
    if (!forbids_nodes && mode != Mode::preferred && step.nodes.empty())
        refuse("/linux/memoryPolicy/nodes", name + " needs a node at least");
    const auto relative = MPOL_F_RELATIVE_NODES, fixed = MPOL_F_STATIC_NODES;
    if (step.mode & relative && step.mode & fixed)
        refuse("/linux/memoryPolicy/flags",
               "MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude each other");
    if (step.mode & (relative | fixed) && step.nodes.empty())
        refuse("/linux/memoryPolicy/flags",
               "MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES need nodes to be about");
}

MemoryPolicyStep plan_memory_policy(const spec::MemoryPolicy& policy) {
    if (!policy.mode)
        refuse("/linux/memoryPolicy/mode", "missing");
    MemoryPolicyStep step;
    step.mode = mode_number(*policy.mode);
    for (const auto flag : policy.flags)
        step.mode |= mode_flag(flag);
    step.nodes = parse_number_list(policy.nodes.value_or(""), "/linux/memoryPolicy/nodes");
    check_memory_policy(policy, step);
    return step;
}

unsigned long plan_personality(const spec::Personality& personality) {
    if (!personality.domain)
        refuse("/linux/personality/domain", "missing");
    if (!personality.flags.empty())
        refuse("/linux/personality/flags/0", "the specification has no flags yet");
    return *personality.domain == spec::PersonalityDomain::linux32 ? PER_LINUX32 : PER_LINUX;
}

}  // namespace

void plan_attributes(const spec::Process& process, ProcessPlan& plan) {
    if (process.scheduler)
        plan.scheduler = plan_scheduler(*process.scheduler);
    if (process.ioPriority)
        plan.io_priority = plan_io_priority(*process.ioPriority);
    if (process.execCPUAffinity) {
        plan.exec_affinity.initial = parse_number_list(process.execCPUAffinity->initial.value_or(""),
                                                       "/process/execCPUAffinity/initial");
        plan.exec_affinity.final =
            parse_number_list(process.execCPUAffinity->final_.value_or(""), "/process/execCPUAffinity/final");
    }
    if (process.apparmorProfile && !process.apparmorProfile->empty())
        plan.labels.push_back({SecurityModule::apparmor, *process.apparmorProfile});
    if (process.selinuxLabel && !process.selinuxLabel->empty())
        plan.labels.push_back({SecurityModule::selinux, *process.selinuxLabel});
}

void plan_attributes(const spec::Linux& linux, ProcessPlan& plan) {
    if (linux.personality)
        plan.personality = plan_personality(*linux.personality);
    if (linux.memoryPolicy)
        plan.memory_policy = plan_memory_policy(*linux.memoryPolicy);
}

}  // namespace ocikit::run
