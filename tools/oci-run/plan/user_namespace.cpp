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

void check_mapped(const Mappings& mappings, std::uint32_t id, const char* list, const std::string& pointer) {
    for (const auto& mapping : mappings)
        if (id >= mapping.containerID && id - mapping.containerID < mapping.size)
            return;
    refuse(pointer, std::to_string(id) + " is not mapped by /linux/" + list);
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
    plan.in_user_namespace = has_namespace(plan, CLONE_NEWUSER);
    if (plan.process)
        plan.process->in_user_namespace = plan.in_user_namespace;
    plan.uid_mappings = linux.uidMappings;
    plan.gid_mappings = linux.gidMappings;
    if ((plan.new_namespaces & CLONE_NEWUSER) == 0)
        return;
    // not a rule for everybody: a user without root's rights is given its own IDs before this
    for (const auto& [mappings, pointer] : {std::pair{&linux.uidMappings, "/linux/uidMappings"},
                                            std::pair{&linux.gidMappings, "/linux/gidMappings"}})
        if (mappings->empty())
            refuse(pointer, "missing: without them the new user namespace has no IDs");
    check_owners(plan);
}

void plan_clocks(const spec::Linux& linux, InitPlan& plan) {
    for (const auto& [clock, offset] : linux.timeOffsets)
        plan.clock_offsets += clock + " " + std::to_string(offset.secs.value_or(0)) + " " +
                              std::to_string(offset.nanosecs.value_or(0)) + "\n";
}

}  // namespace ocikit::run
