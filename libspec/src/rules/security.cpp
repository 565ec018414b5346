// How far the container is kept apart from the host: what works, and is risky.
#include <algorithm>

#include <ocikit/capability.hpp>
#include <ocikit/profile_paths.hpp>
#include <ocikit/text.hpp>

#include "groups.hpp"

namespace ocikit {

namespace {

using Names = std::vector<std::string>;

bool has(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// What container engines grant by default.
bool is_usual(std::string_view capability) {
    constexpr std::string_view names[] = {
        "CAP_AUDIT_WRITE", "CAP_CHOWN",  "CAP_DAC_OVERRIDE", "CAP_FOWNER",          "CAP_FSETID",
        "CAP_KILL",        "CAP_MKNOD",  "CAP_NET_RAW",      "CAP_SETFCAP",         "CAP_SETGID",
        "CAP_SETPCAP",     "CAP_SETUID", "CAP_SYS_CHROOT",   "CAP_NET_BIND_SERVICE"};
    return std::find(std::begin(names), std::end(names), capability) != std::end(names);
}

// Capabilities of a user namespace are of what belongs to it, and to nothing of the host.
bool rules_itself_only(const RuleContext& rule) {
    return rule.has_namespace(spec::NamespaceType::user);
}

void check_risky(RuleContext& rule) {
    if (!rule.process.capabilities || rules_itself_only(rule))
        return;
    constexpr std::size_t told_one_by_one = 5;
    const spec::Capabilities& all = *rule.process.capabilities;
    Names risky;
    std::vector<std::string> pointers;
    for (const auto& [set, names] : {std::pair{"bounding", &all.bounding}, {"permitted", &all.permitted}})
        for (std::size_t i = 0; i < names->size(); ++i)
            if (const std::string& name = (*names)[i];
                capability_number(name) && !is_usual(name) && !has(risky, name)) {
                risky.push_back(name);
                pointers.push_back(pointer_append(pointer_append("/process/capabilities", set), i));
            }
    if (risky.size() > told_one_by_one)
        return rule.report("/process/capabilities", std::to_string(risky.size()) +
                                                        " capabilities are more than engines grant, " +
                                                        risky[0] + " for one");
    for (std::size_t i = 0; i < risky.size(); ++i)
        rule.report(pointers[i], risky[i] + " is more than engines grant");
}

void check_inheritable(RuleContext& rule) {
    if (rule.process.capabilities && !rule.process.capabilities->inheritable.empty())
        rule.report("/process/capabilities/inheritable",
                    "programs whose files have inheritable capabilities get them, whoever runs them",
                    Document::Part::key);
}

void check_ambient(RuleContext& rule) {
    const auto& all = rule.process.capabilities;
    if (!all)
        return;
    for (const std::string& name : all->ambient)
        if (has(all->inheritable, name) && has(all->permitted, name))
            return rule.report("/process/capabilities/ambient",
                               "every program keeps these capabilities, that of an ordinary user too",
                               Document::Part::key);
}

void check_new_privileges(RuleContext& rule) {
    if (rule.config.process && rule.process.noNewPrivileges == false)
        rule.report("/process/noNewPrivileges",
                    "programs with the set-user-ID bit or file capabilities can raise privileges");
}

void check_privileged(RuleContext& rule) {
    if (!rule.process.capabilities || rules_itself_only(rule) ||
        !has(rule.process.capabilities->bounding, "CAP_SYS_ADMIN"))
        return;
    const bool apart = rule.linux.seccomp || !rule.process.apparmorProfile.value_or("").empty() ||
                       !rule.process.selinuxLabel.value_or("").empty() || !rule.linux.maskedPaths.empty();
    if (!apart)
        rule.report("/process/capabilities",
                    "with CAP_SYS_ADMIN and neither seccomp nor a security module nor masked paths, root in "
                    "the container is root on the host");
}

void check_listed(RuleContext& rule, const Names& paths, std::span<const std::string_view> usual,
                  std::string_view member) {
    const Names missing = missing_paths(paths, usual);
    if (!rule.config.process || missing.empty() || !rule.has_namespace(spec::NamespaceType::mount))
        return;
    rule.report_member(
        "/linux", member,
        missing[0] +
            (missing.size() == 1 ? " is" : " and " + std::to_string(missing.size() - 1) + " others are") +
            " not among them");
}

void check_masked(RuleContext& rule) {
    check_listed(rule, rule.linux.maskedPaths, usual_masked_paths(), "maskedPaths");
}

void check_readonly(RuleContext& rule) {
    check_listed(rule, rule.linux.readonlyPaths, usual_readonly_paths(), "readonlyPaths");
}

constexpr Rule rules[] = {
    {.id = "security/capability",
     .severity = Severity::warning,
     .summary = "there are no capabilities beyond those that engines grant",
     .details =
         "By default container engines grant about a dozen capabilities. Others let root in the "
         "container change the host: CAP_SYS_ADMIN, CAP_SYS_MODULE or CAP_SYS_PTRACE can take it over. "
         "With a user namespace they count inside of it only. If it is meant so, turn the rule off.",
     .source = "config.md#linux-process, capabilities(7)",
     .bad = R"({"process": {"capabilities": {"bounding": ["CAP_SYS_ADMIN"]}}})",
     .good = R"({"process": {"capabilities": {"bounding": ["CAP_CHOWN", "CAP_NET_RAW"]}}})",
     .check = check_risky},
    {.id = "security/inheritable",
     .severity = Severity::warning,
     .summary = "no capabilities are inheritable",
     .details = "A file with inheritable capabilities hands them to whoever executes it, if they are in "
                "this set: an ordinary user becomes privileged (CVE-2022-29162). Engines leave it empty.",
     .source = "config.md#linux-process, capabilities(7)",
     .bad = R"({"process": {"capabilities": {"bounding": ["CAP_KILL"], "inheritable": ["CAP_KILL"]}}})",
     .good = R"({"process": {"capabilities": {"bounding": ["CAP_KILL"], "inheritable": []}}})",
     .check = check_inheritable},
    {.id = "security/ambient",
     .severity = Severity::warning,
     .summary = "no capabilities are ambient",
     .details = "Ambient capabilities outlast the execution of any program, also as a user other than root. "
                "That is how to give one to a program which runs as an ordinary user; otherwise leave the "
                "set empty.",
     .source = "config.md#linux-process, capabilities(7)",
     .bad =
         R"({"process": {"capabilities": {"bounding": ["CAP_KILL"], "effective": [], "permitted": ["CAP_KILL"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}}})",
     .good =
         R"({"process": {"capabilities": {"bounding": ["CAP_KILL"], "effective": [], "permitted": ["CAP_KILL"], "ambient": []}}})",
     .check = check_ambient},
    {.id = "security/new-privileges",
     .severity = Severity::warning,
     .summary = "process.noNewPrivileges is not turned off",
     .details = "With false, programs such as sudo can raise privileges. Most services don't need them.",
     .source = "config.md#linux-process",
     .bad = R"({"process": {"noNewPrivileges": false}})",
     .good = R"({"process": {"noNewPrivileges": true}})",
     .check = check_new_privileges},
    {.id = "security/privileged",
     .severity = Severity::warning,
     .summary = "the container is kept apart from the host by something",
     .details = "A container that has CAP_SYS_ADMIN, no system call filter, no profile of a security module "
                "and no masked paths isn't confined: use it for what must administer the host, and for "
                "nothing else.",
     .source = "capabilities(7)",
     .bad =
         R"({"process": {"capabilities": {"bounding": ["CAP_SYS_ADMIN"]}}, "linux": {"namespaces": [{"type": "mount"}], "maskedPaths": []}})",
     .good =
         R"({"process": {"capabilities": {"bounding": ["CAP_SYS_ADMIN"]}}, "linux": {"namespaces": [{"type": "mount"}], "maskedPaths": ["/proc/kcore"]}})",
     .check = check_privileged},
    {.id = "security/masked-paths",
     .severity = Severity::info,
     .summary = "maskedPaths has the usual paths",
     .details = "Engines hide files of /proc and /sys that tell of the host or change it. oci-validate --fix "
                "adds those that are missing.",
     .source = "config-linux.md#masked-paths",
     .bad = R"({"linux": {"namespaces": [{"type": "mount"}], "maskedPaths": ["/proc/kcore"]}})",
     .good =
         R"({"linux": {"namespaces": [{"type": "mount"}], "maskedPaths": ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"]}})",
     .check = check_masked},
    {.id = "security/readonly-paths",
     .severity = Severity::info,
     .summary = "readonlyPaths has the usual paths",
     .details = "Engines let containers read, but not write, what changes the host's kernel. oci-validate "
                "--fix adds those that are missing.",
     .source = "config-linux.md#readonly-paths",
     .bad = R"({"linux": {"namespaces": [{"type": "mount"}], "readonlyPaths": ["/proc/bus"]}})",
     .good =
         R"({"linux": {"namespaces": [{"type": "mount"}], "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]}})",
     .check = check_readonly},
};

}  // namespace

std::span<const Rule> security_rules() {
    return rules;
}

}  // namespace ocikit
