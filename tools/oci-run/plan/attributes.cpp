// What a process is given beside its user and its limits: when and where it runs
// (config.md#linux-process), what it sees the machine as, and its labels.
#include <algorithm>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <sys/personality.h>

#include "plan/make_plan.hpp"
#include "plan/number_list.hpp"

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
        case Policy::iso:  // reserved, refused before
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

SchedulerStep plan_scheduler(const spec::Scheduler& scheduler) {
    SchedulerStep step;
    step.name = spec::to_text(scheduler.policy);
    step.policy = policy_number(scheduler.policy);
    for (const auto flag : scheduler.flags)
        step.flags |= flag_bit(flag);
    step.nice = scheduler.nice.value_or(0);
    step.priority = static_cast<std::uint32_t>(scheduler.priority.value_or(0));
    step.runtime = scheduler.runtime.value_or(0);
    step.deadline = scheduler.deadline.value_or(0);
    step.period = scheduler.period.value_or(0);
    return step;
}

int plan_io_priority(const spec::IoPriority& priority) {
    const int level = priority.priority.value_or(0);  // the idle class has none (ioprio_set(2))
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

MemoryPolicyStep plan_memory_policy(const spec::MemoryPolicy& policy) {
    MemoryPolicyStep step;
    step.mode = mode_number(policy.mode.value());
    for (const auto flag : policy.flags)
        step.mode |= mode_flag(flag);
    step.nodes = parse_number_list(policy.nodes.value_or(""), "/linux/memoryPolicy/nodes");
    return step;
}

unsigned long plan_personality(const spec::Personality& personality) {
    return personality.domain.value() == spec::PersonalityDomain::linux32 ? PER_LINUX32 : PER_LINUX;
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
