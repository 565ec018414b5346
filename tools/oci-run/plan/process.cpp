#include <cstdint>

#include <ocikit/capability.hpp>
#include <ocikit/rlimit.hpp>

#include "plan/make_plan.hpp"

namespace ocikit::run {

namespace {

std::uint64_t plan_set(const std::vector<std::string>& names, const char* set,
                       std::vector<std::string>& warnings) {
    std::uint64_t bits = 0;
    for (const auto& name : names) {
        if (const auto number = capability_number(name))
            bits |= std::uint64_t{1} << *number;
        else  // config.md#linux-process: a warning, not a failure
            warnings.push_back("config.json: /process/capabilities/" + std::string(set) +
                               ": unknown capability \"" + name + "\" is left out");
    }
    return bits;
}

CapabilitySets plan_capabilities(const spec::Capabilities& capabilities, std::vector<std::string>& warnings) {
    CapabilitySets sets;
    sets.bounding = plan_set(capabilities.bounding, "bounding", warnings);
    sets.effective = plan_set(capabilities.effective, "effective", warnings);
    sets.inheritable = plan_set(capabilities.inheritable, "inheritable", warnings);
    sets.permitted = plan_set(capabilities.permitted, "permitted", warnings);
    sets.ambient = plan_set(capabilities.ambient, "ambient", warnings);
    return sets;
}

std::vector<LimitStep> plan_limits(const std::vector<spec::Rlimit>& rlimits) {
    std::vector<LimitStep> steps;
    for (const auto& rlimit : rlimits)
        steps.push_back({rlimit_number(rlimit.type).value(), rlimit.type, rlimit.soft, rlimit.hard});
    return steps;
}

void plan_user(const spec::User& user, ProcessPlan& plan) {
    plan.uid = user.uid.value_or(0);
    plan.gid = user.gid.value_or(0);
    plan.groups.assign(user.additionalGids.begin(), user.additionalGids.end());
    plan.umask = user.umask;
}

}  // namespace

ProcessPlan plan_process(const spec::Process& process, std::vector<std::string>& warnings) {
    ProcessPlan plan;
    plan.args = process.args;
    plan.env = process.env;
    plan.cwd = process.cwd;
    if (process.user)
        plan_user(*process.user, plan);
    if (process.capabilities)
        plan.capabilities = plan_capabilities(*process.capabilities, warnings);
    plan.limits = plan_limits(process.rlimits);
    plan.no_new_privileges = process.noNewPrivileges.value_or(false);
    if (process.oomScoreAdj)
        plan.oom_score_adj = static_cast<int>(*process.oomScoreAdj);
    plan.terminal = process.terminal.value_or(false);
    if (plan.terminal && process.consoleSize) {
        plan.rows = static_cast<unsigned short>(process.consoleSize->height);
        plan.columns = static_cast<unsigned short>(process.consoleSize->width);
    }
    plan_attributes(process, plan);
    return plan;
}

}  // namespace ocikit::run
