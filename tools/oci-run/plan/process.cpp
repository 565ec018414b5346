#include <climits>
#include <cstdint>
#include <set>

#include <ocikit/capability.hpp>
#include <ocikit/rlimit.hpp>

#include "plan/make_plan.hpp"
#include "plan/refusal.hpp"

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
    std::set<std::string> seen;
    for (std::size_t i = 0; i < rlimits.size(); ++i) {
        const spec::Rlimit& rlimit = rlimits[i];
        const std::string pointer = "/process/rlimits/" + std::to_string(i);
        const auto number = rlimit_number(rlimit.type);
        if (!number)
            refuse(pointer + "/type", "unknown limit \"" + rlimit.type + "\"");
        if (!seen.insert(rlimit.type).second)
            refuse(pointer + "/type", rlimit.type + " is there twice");
        if (rlimit.soft > rlimit.hard)
            refuse(pointer + "/soft",
                   std::to_string(rlimit.soft) + " is above the hard limit " + std::to_string(rlimit.hard));
        steps.push_back({*number, rlimit.type, rlimit.soft, rlimit.hard});
    }
    return steps;
}

// To the kernel -1 isn't an ID, it means "leave it as it is": root (setresuid(2)).
void check_id_value(std::uint32_t id, const std::string& pointer) {
    if (id == UINT32_MAX)
        refuse(pointer, "4294967295 is not an ID that a process can have");
}

void plan_user(const spec::User& user, ProcessPlan& plan) {
    plan.uid = user.uid.value_or(0);
    plan.gid = user.gid.value_or(0);
    check_id_value(plan.uid, "/process/user/uid");
    check_id_value(plan.gid, "/process/user/gid");
    for (std::size_t i = 0; i < user.additionalGids.size(); ++i)
        check_id_value(user.additionalGids[i], "/process/user/additionalGids/" + std::to_string(i));
    plan.groups.assign(user.additionalGids.begin(), user.additionalGids.end());
    if (user.umask) {
        if (*user.umask > 0777)
            refuse("/process/user/umask", std::to_string(*user.umask) + " is above 511 (0777)");
        plan.umask = *user.umask;
    }
}

unsigned short console_dimension(std::uint64_t value, const char* pointer) {
    if (value > USHRT_MAX)
        refuse(pointer, std::to_string(value) + " is above 65535");
    return static_cast<unsigned short>(value);
}

}  // namespace

ProcessPlan plan_process(const spec::Process& process, std::vector<std::string>& warnings) {
    ProcessPlan plan;
    if (process.args.empty())
        refuse("/process/args", "missing or empty: there is no program to run");
    if (!process.cwd.starts_with('/'))
        refuse("/process/cwd", "\"" + process.cwd + "\" is not absolute");
    plan.args = process.args;
    plan.env = process.env;
    plan.cwd = process.cwd;
    if (process.user)
        plan_user(*process.user, plan);
    if (process.capabilities)
        plan.capabilities = plan_capabilities(*process.capabilities, warnings);
    plan.limits = plan_limits(process.rlimits);
    plan.no_new_privileges = process.noNewPrivileges.value_or(false);
    if (process.oomScoreAdj) {
        if (*process.oomScoreAdj < -1000 || *process.oomScoreAdj > 1000)
            refuse("/process/oomScoreAdj",
                   std::to_string(*process.oomScoreAdj) + " is not within -1000 and 1000");
        plan.oom_score_adj = static_cast<int>(*process.oomScoreAdj);
    }
    plan.terminal = process.terminal.value_or(false);
    if (plan.terminal && process.consoleSize) {
        plan.rows = console_dimension(process.consoleSize->height, "/process/consoleSize/height");
        plan.columns = console_dimension(process.consoleSize->width, "/process/consoleSize/width");
    }
    plan_attributes(process, plan);
    return plan;
}

}  // namespace ocikit::run
