// When and where the process runs, and what it sees the machine as.
#include <cerrno>
#include <climits>
#include <linux/ioprio.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"

namespace ocikit::run {

namespace {

// As the kernel has it since Linux 5.3 (SCHED_ATTR_SIZE_VER1, sched_setattr(2)); glibc 2.36
// doesn't, and the kernel's own header clashes with glibc's.
struct KernelScheduler {
    std::uint32_t size = sizeof(KernelScheduler);
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0, deadline = 0, period = 0;
    // for SCHED_FLAG_UTIL_CLAMP_…; the specification has no values: all ones is the kernel's default
    std::uint32_t util_min = UINT32_MAX, util_max = UINT32_MAX;
};

std::string scheduler_hint(int code, const SchedulerStep& step) {
    if (code == EPERM && step.name == "SCHED_DEADLINE")
        return "SCHED_DEADLINE needs CAP_SYS_NICE, and every CPU: a cpuset may not leave any out";
    if (code == EPERM)
        return "this needs CAP_SYS_NICE, and real-time policies a cgroup that has real-time "
               "(/linux/resources/cpu/realtimeRuntime) if cgroups share it out";
    if (code == EBUSY)
        return "the CPUs have no time left for another deadline";
    if (code == EOPNOTSUPP)
        return "this kernel doesn't clamp utilization (CONFIG_UCLAMP_TASK)";
    return "";
}

void set_scheduler(const SchedulerStep& step) {
    KernelScheduler attributes;
    attributes.policy = step.policy;
    attributes.flags = step.flags;
    attributes.nice = step.nice;
    attributes.priority = step.priority;
    attributes.runtime = step.runtime;
    attributes.deadline = step.deadline;
    attributes.period = step.period;
    if (::syscall(SYS_sched_setattr, 0, &attributes, 0) < 0)
        throw Error::last("set " + step.name, "config.json: /process/scheduler", scheduler_hint(errno, step));
}

void set_memory_policy(const MemoryPolicyStep& step) {
    // it leaves out the last bit of as many as it is told of
    const std::size_t bits = step.nodes.size() * sizeof(unsigned long) * CHAR_BIT + 1;
    if (::syscall(SYS_set_mempolicy, step.mode, step.nodes.data(), step.nodes.empty() ? 0 : bits) < 0)
        throw Error::last("set_mempolicy", "config.json: /linux/memoryPolicy",
                          errno == EINVAL
                              ? "this kernel lacks the mode or a flag, or the machine or the cgroup "
                                "a node; /sys/devices/system/node/has_memory has the machine's"
                              : "");
}

}  // namespace

void set_attributes(const ProcessPlan& process) {
    if (process.io_priority && ::syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, *process.io_priority) < 0)
        throw Error::last("ioprio_set", "config.json: /process/ioPriority",
                          errno == EPERM ? "IOPRIO_CLASS_RT needs CAP_SYS_ADMIN or CAP_SYS_NICE" : "");
    if (process.memory_policy)
        set_memory_policy(*process.memory_policy);
    if (process.personality && ::personality(*process.personality) < 0)
        throw Error::last("personality", "config.json: /linux/personality");
    if (process.scheduler)
        set_scheduler(*process.scheduler);
}

void set_cpu_affinity(const std::vector<unsigned long>& cpus, const char* member) {
    if (cpus.empty())
        return;
    if (::syscall(SYS_sched_setaffinity, 0, cpus.size() * sizeof cpus.front(), cpus.data()) < 0)
        throw Error::last("sched_setaffinity", "config.json: /process/execCPUAffinity/" + std::string(member),
                          errno == EINVAL ? "none of these CPUs is there, or open to the cgroup" : "");
}

}  // namespace ocikit::run
