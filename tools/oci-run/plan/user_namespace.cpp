// linux.uidMappings, gidMappings and timeOffsets: what goes with namespaces of those types.
#include <charconv>
#include <cstdint>
#include <linux/sched.h>
#include <sched.h>

#include <ocikit/document.hpp>

#include "plan/make_plan.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

using Mappings = std::vector<spec::IdMapping>;

constexpr std::size_t most_mappings = 340;  // user_namespaces(7)

bool overlap(std::uint64_t a, std::uint64_t a_size, std::uint64_t b, std::uint64_t b_size) {
    return a < b + b_size && b < a + a_size;
}

void check_mapping(const Mappings& mappings, std::size_t i, const std::string& pointer) {
    const spec::IdMapping& one = mappings[i];
    if (one.size == 0)
        refuse(pointer + "/size", "0: the mapping is of no ids");
    // the last number isn't an id, it means "none" (user_namespaces(7))
    if (std::uint64_t{std::max(one.containerID, one.hostID)} + one.size > UINT32_MAX)
        refuse(pointer + "/size",
               std::to_string(one.size) + ": the mapping goes beyond the greatest id, 4294967294");
    for (std::size_t j = 0; j < i; ++j) {
        const spec::IdMapping& other = mappings[j];
        const bool inside = overlap(one.containerID, one.size, other.containerID, other.size);
        if (inside || overlap(one.hostID, one.size, other.hostID, other.size))
            refuse(pointer, std::string("has ids of the ") + (inside ? "container" : "host") +
                                " that mapping " + std::to_string(j) + " has too");
    }
}

void check_mappings(const Mappings& mappings, const std::string& pointer) {
    if (mappings.size() > most_mappings)
        refuse(pointer, std::to_string(mappings.size()) + " mappings; the kernel takes " +
                            std::to_string(most_mappings) + " at most");
    for (std::size_t i = 0; i < mappings.size(); ++i)
        check_mapping(mappings, i, pointer_append(pointer, i));
}

void check_mapped(const Mappings& mappings, std::uint32_t id, const char* list, const std::string& pointer) {
    for (const auto& mapping : mappings)
        if (id >= mapping.containerID && id - mapping.containerID < mapping.size)
            return;
    refuse(pointer, std::to_string(id) + " is not mapped by /linux/" + list);
}

void check_user(const InitPlan& plan) {
    const ProcessPlan& process = *plan.process;
    check_mapped(plan.uid_mappings, process.uid, "uidMappings", "/process/user/uid");
    check_mapped(plan.gid_mappings, process.gid, "gidMappings", "/process/user/gid");
    for (std::size_t i = 0; i < process.groups.size(); ++i)
        check_mapped(plan.gid_mappings, process.groups[i], "gidMappings",
                     pointer_append("/process/user/additionalGids", i));
}

// Filesystems whose uid= and gid= are the user namespace's; the kernel only says that the
// value is bad.
void check_owners(const InitPlan& plan) {
    for (const auto& step : plan.mounts) {
        if (step.kind != MountStep::Kind::filesystem || (step.type != "tmpfs" && step.type != "devpts"))
            continue;
        for (const auto& [key, value] : step.parameters) {
            std::uint32_t id = 0;
            const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), id);
            if ((key != "uid" && key != "gid") || error != std::errc{} || end != value.data() + value.size())
                continue;
            check_mapped(key == "uid" ? plan.uid_mappings : plan.gid_mappings, id,
                         key == "uid" ? "uidMappings" : "gidMappings",
                         "/mounts/" + std::to_string(step.index) + "/options: " + key + "=" + value);
        }
    }
}

}  // namespace

void plan_user_namespace(const spec::Linux& linux, InitPlan& plan) {
    const bool is_new = (plan.new_namespaces & CLONE_NEWUSER) != 0;
    plan.in_user_namespace = has_namespace(plan, CLONE_NEWUSER);
    for (const auto& [mappings, pointer] : {std::pair{&linux.uidMappings, "/linux/uidMappings"},
                                            std::pair{&linux.gidMappings, "/linux/gidMappings"}}) {
        if (!mappings->empty() && !plan.in_user_namespace)
            refuse(pointer, "need a user namespace of the container's own",
                   "add {\"type\": \"user\"} to /linux/namespaces");
        if (mappings->empty() && is_new)
            refuse(pointer, "missing: without them the new user namespace has no ids");
        check_mappings(*mappings, pointer);
    }
    if (plan.process)
        plan.process->in_user_namespace = plan.in_user_namespace;
    plan.uid_mappings = linux.uidMappings;
    plan.gid_mappings = linux.gidMappings;
    if (!is_new)
        return;
    if (plan.process)
        check_user(plan);
    check_owners(plan);
}

void plan_clocks(const spec::Linux& linux, InitPlan& plan) {
    if (linux.timeOffsets.empty())
        return;
    if (!(plan.new_namespaces & CLONE_NEWTIME))
        refuse("/linux/timeOffsets",
               has_namespace(plan, CLONE_NEWTIME)
                   ? "the time namespace is joined by path: its clocks have their offsets already"
                   : "need a time namespace of the container's own",
               "add {\"type\": \"time\"}, without a path, to /linux/namespaces");
    for (const auto& [clock, offset] : linux.timeOffsets) {
        const std::string pointer = pointer_append("/linux/timeOffsets", clock);
        if (clock != "monotonic" && clock != "boottime")
            refuse(pointer, "\"" + clock + "\" is neither monotonic nor boottime");
        const std::uint32_t nanoseconds = offset.nanosecs.value_or(0);
        if (nanoseconds > 999'999'999)
            refuse(pointer + "/nanosecs", std::to_string(nanoseconds) + " is above 999999999");
        plan.clock_offsets +=
            clock + " " + std::to_string(offset.secs.value_or(0)) + " " + std::to_string(nanoseconds) + "\n";
    }
}

}  // namespace ocikit::run
