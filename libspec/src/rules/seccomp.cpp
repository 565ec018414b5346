// System call filters.
#include <algorithm>

#include <ocikit/syscall_name.hpp>
#include <ocikit/text.hpp>

#include "groups.hpp"

namespace ocikit {

namespace {

using Action = spec::SeccompAction;

bool takes_errno(Action action) {
    return action == Action::errno_ || action == Action::trace;
}

std::string syscall_pointer(std::size_t index) {
    return pointer_append("/linux/seccomp/syscalls", index);
}

void check_errno(RuleContext& rule) {
    const auto& seccomp = rule.linux.seccomp;
    if (!seccomp)
        return;
    if (seccomp->defaultErrnoRet && !takes_errno(seccomp->defaultAction))
        rule.report("/linux/seccomp/defaultErrnoRet",
                    spec::to_text(seccomp->defaultAction) + " returns no error");
    for (std::size_t i = 0; i < seccomp->syscalls.size(); ++i)
        if (const auto& one = seccomp->syscalls[i]; one.errnoRet && !takes_errno(one.action))
            rule.report(syscall_pointer(i) + "/errnoRet", spec::to_text(one.action) + " returns no error");
}

void check_metadata(RuleContext& rule) {
    if (const auto& seccomp = rule.linux.seccomp;
        seccomp && seccomp->listenerMetadata.value_or("") != "" && seccomp->listenerPath.value_or("").empty())
        rule.report("/linux/seccomp/listenerMetadata", "this needs a listenerPath");
}

void check_notify_default(RuleContext& rule) {
    if (rule.linux.seccomp && rule.linux.seccomp->defaultAction == Action::notify)
        rule.report("/linux/seccomp/defaultAction",
                    "a runtime can't pass on the file to listen at if every call waits for its listener");
}

void check_notify_write(RuleContext& rule) {
    const auto& seccomp = rule.linux.seccomp;
    for (std::size_t i = 0; seccomp && i < seccomp->syscalls.size(); ++i) {
        const spec::Syscall& one = seccomp->syscalls[i];
        const auto found = std::find(one.names.begin(), one.names.end(), "write");
        if (one.action == Action::notify && found != one.names.end())
            rule.report(pointer_append(syscall_pointer(i) + "/names",
                                       static_cast<std::size_t>(found - one.names.begin())),
                        "a runtime can't tell of the file to listen at if write waits for its listener");
    }
}

void check_listener(RuleContext& rule) {
    const auto& seccomp = rule.linux.seccomp;
    if (!seccomp || seccomp->listenerPath || rule.config.annotations.contains("run.oci.seccomp.receiver"))
        return;
    for (std::size_t i = 0; i < seccomp->syscalls.size(); ++i)
        if (seccomp->syscalls[i].action == Action::notify)
            return rule.report(syscall_pointer(i) + "/action",
                               "there is no listenerPath: nobody would be notified");
}

void check_indexes(RuleContext& rule) {
    const auto& seccomp = rule.linux.seccomp;
    for (std::size_t i = 0; seccomp && i < seccomp->syscalls.size(); ++i) {
        const auto& args = seccomp->syscalls[i].args;
        for (std::size_t k = 0; k < args.size(); ++k)
            if (args[k].index > 5)
                rule.report(pointer_append(syscall_pointer(i) + "/args", k) + "/index",
                            "a system call has six arguments, 0 to 5");
    }
}

void check_errno_range(RuleContext& rule) {
    const auto& seccomp = rule.linux.seccomp;
    if (!seccomp)
        return;
    // libseccomp takes less than the kernel's MAX_ERRNO, 4095; for SCMP_ACT_TRACE it is a message of 16 bits
    const auto check = [&rule](Action action, std::optional<std::uint32_t> number, std::string pointer) {
        const std::uint32_t most = action == Action::trace ? 0xffff : 4094;
        if (takes_errno(action) && number.value_or(0) > most)
            rule.report(
                std::move(pointer),
                std::to_string(*number) + " is no error number, expected at most " + std::to_string(most));
    };
    check(seccomp->defaultAction, seccomp->defaultErrnoRet, "/linux/seccomp/defaultErrnoRet");
    for (std::size_t i = 0; i < seccomp->syscalls.size(); ++i)
        check(seccomp->syscalls[i].action, seccomp->syscalls[i].errnoRet, syscall_pointer(i) + "/errnoRet");
}

void check_names(RuleContext& rule) {
    const auto& seccomp = rule.linux.seccomp;
    for (std::size_t i = 0; seccomp && i < seccomp->syscalls.size(); ++i) {
        const auto& names = seccomp->syscalls[i].names;
        for (std::size_t k = 0; k < names.size(); ++k) {
            if (is_syscall_name(names[k]))
                continue;
            const auto known = syscall_names();
            const auto meant = nearest(names[k], {known.begin(), known.end()});
            rule.report(pointer_append(syscall_pointer(i) + "/names", k),
                        "there is no system call " + quoted(names[k]) +
                            (meant.empty() ? "" : ", did you mean " + quoted(meant) + '?'));
        }
    }
}

void check_comparison(RuleContext& rule) {
    const auto& seccomp = rule.linux.seccomp;
    for (std::size_t i = 0; seccomp && i < seccomp->syscalls.size(); ++i) {
        const auto& args = seccomp->syscalls[i].args;
        for (std::size_t k = 0; k < args.size(); ++k) {
            const std::uint64_t second = args[k].valueTwo.value_or(0);
            const std::string pointer = pointer_append(syscall_pointer(i) + "/args", k) + "/valueTwo";
            if (args[k].op != spec::SeccompOperator::masked_eq && second != 0)
                rule.report(pointer, "only SCMP_CMP_MASKED_EQ has a second value");
            else if (args[k].op == spec::SeccompOperator::masked_eq && (second & ~args[k].value) != 0)
                rule.report(pointer, "the value has bits that the mask hasn't: it never matches");
        }
    }
}

constexpr std::uint32_t eperm = 1;

void check_redundant(RuleContext& rule) {
    const auto& seccomp = rule.linux.seccomp;
    for (std::size_t i = 0; seccomp && i < seccomp->syscalls.size(); ++i) {
        const spec::Syscall& one = seccomp->syscalls[i];
        const bool same_errno = !takes_errno(one.action) ||
                                one.errnoRet.value_or(eperm) == seccomp->defaultErrnoRet.value_or(eperm);
        if (one.action == seccomp->defaultAction && same_errno)
            rule.report(
                syscall_pointer(i) + "/action",
                spec::to_text(one.action) + " is what is done by default, so that this has no effect");
    }
}

void check_names_twice(RuleContext& rule) {
    const auto& seccomp = rule.linux.seccomp;
    for (std::size_t i = 0; seccomp && i < seccomp->syscalls.size(); ++i) {
        const auto& names = seccomp->syscalls[i].names;
        for (std::size_t k = 1; k < names.size(); ++k)
            if (const auto first =
                    std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(k), names[k]);
                first != names.begin() + static_cast<std::ptrdiff_t>(k))
                rule.report(pointer_append(syscall_pointer(i) + "/names", k),
                            quoted(names[k]) + " is there twice",
                            pointer_append(syscall_pointer(i) + "/names",
                                           static_cast<std::size_t>(first - names.begin())),
                            "the first one");
    }
}

bool kills(Action action) {
    return action == Action::kill || action == Action::kill_process || action == Action::kill_thread;
}

void check_nothing_allowed(RuleContext& rule) {
    if (const auto& seccomp = rule.linux.seccomp;
        seccomp && kills(seccomp->defaultAction) && seccomp->syscalls.empty())
        rule.report("/linux/seccomp/defaultAction", "the program is killed at its first system call");
}

void check_default_allow(RuleContext& rule) {
    if (const auto& seccomp = rule.linux.seccomp; seccomp && seccomp->defaultAction == Action::allow)
        rule.report("/linux/seccomp/defaultAction",
                    "system calls that the list doesn't have are allowed, new ones too");
}

constexpr Rule rules[] = {
    {.id = "seccomp/errno",
     .summary = "an error number goes with SCMP_ACT_ERRNO or SCMP_ACT_TRACE",
     .details = "No other action returns one, and runtimes must refuse it.",
     .source = "config-linux.md#seccomp",
     .bad =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_KILL", "errnoRet": 1}]}}})",
     .good =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [{"names": ["read"], "action": "SCMP_ACT_TRACE", "errnoRet": 1}]}}})",
     .runtime_refuses = true,
     .check = check_errno},
    {.id = "seccomp/listener-metadata",
     .summary = "listenerMetadata comes with listenerPath",
     .details = "It is sent to the listener, so that there must be one.",
     .source = "config-linux.md#seccomp",
     .bad = R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "listenerMetadata": "x"}}})",
     .good =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "listenerMetadata": "x", "listenerPath": "/run/listener"}}})",
     .runtime_refuses = true,
     .check = check_metadata},
    {.id = "seccomp/notify-default",
     .summary = "SCMP_ACT_NOTIFY is not the default",
     .details = "Before it starts the program, the runtime must pass on the file by which the listener is "
                "notified, which takes system calls: they would wait for the listener.",
     .source = "config-linux.md#seccomp, seccomp_unotify(2)",
     .bad =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/run/listener"}}})",
     .good =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/listener", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_NOTIFY"}]}}})",
     .runtime_refuses = true,
     .check = check_notify_default},
    {.id = "seccomp/notify-write",
     .summary = "SCMP_ACT_NOTIFY is not for write",
     .details = "The runtime needs write to tell of the file by which the listener is notified.",
     .source = "config-linux.md#seccomp, seccomp_unotify(2)",
     .bad =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/listener", "syscalls": [{"names": ["mount", "write"], "action": "SCMP_ACT_NOTIFY"}]}}})",
     .good =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/listener", "syscalls": [{"names": ["mount", "writev"], "action": "SCMP_ACT_NOTIFY"}]}}})",
     .runtime_refuses = true,
     .check = check_notify_write},
    {.id = "seccomp/listener",
     .summary = "SCMP_ACT_NOTIFY comes with listenerPath",
     .details =
         "Without a listener, calls with this action fail with ENOSYS, and runtimes refuse the filter.",
     .source = "config-linux.md#seccomp, seccomp_unotify(2)",
     .bad =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_NOTIFY"}]}}})",
     .good =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/listener", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_NOTIFY"}]}}})",
     .runtime_refuses = true,
     .check = check_listener},
    {.id = "seccomp/argument",
     .summary = "the index of an argument is at most 5",
     .details = "System calls have up to six arguments, which count from 0.",
     .source = "config-linux.md#seccomp",
     .bad =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["clone"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}]}]}}})",
     .good =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["clone"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 5, "value": 0, "op": "SCMP_CMP_EQ"}]}]}}})",
     .runtime_refuses = true,
     .check = check_indexes},
    {.id = "seccomp/nothing-allowed",
     .severity = Severity::warning,
     .summary = "a filter that kills by default has exceptions",
     .details = "Without any, the program doesn't get as far as to be started.",
     .source = "config-linux.md#seccomp",
     .bad = R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_KILL"}}})",
     .good =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_KILL", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}}})",
     .check = check_nothing_allowed},
    {.id = "seccomp/errno-range",
     .summary = "an error number is one that the kernel has",
     .details = "libseccomp takes numbers below 4095, and for SCMP_ACT_TRACE those of 16 bits; the kernel "
                "would make "
                "4095 of a greater one.",
     .source = "config-linux.md#seccomp, seccomp_rule_add(3)",
     .bad = R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096}}})",
     .good = R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38}}})",
     .runtime_refuses = true,
     .check = check_errno_range},
    {.id = "seccomp/syscall",
     .severity = Severity::warning,
     .summary = "a system call is one of Linux",
     .details = "Runtimes leave out what they don't know, so that a misspelt name is neither allowed nor "
                "forbidden. Names are those of syscalls(2), of any architecture.",
     .source = "config-linux.md#seccomp, syscalls(2)",
     .bad =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["open_at"], "action": "SCMP_ACT_ALLOW"}]}}})",
     .good =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["openat"], "action": "SCMP_ACT_ALLOW"}]}}})",
     .check = check_names},
    {.id = "seccomp/name-duplicate",
     .severity = Severity::warning,
     .summary = "no system call is twice in a list of names",
     .details = "The second one has no effect.",
     .source = "config-linux.md#seccomp",
     .bad =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read", "read"], "action": "SCMP_ACT_ALLOW"}]}}})",
     .good =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}]}}})",
     .check = check_names_twice},
    {.id = "seccomp/comparison",
     .severity = Severity::warning,
     .summary = "valueTwo is for SCMP_CMP_MASKED_EQ, and within its mask",
     .details = "With SCMP_CMP_MASKED_EQ, value is the mask and valueTwo what the rest must be. No other "
                "operator looks at valueTwo.",
     .source = "config-linux.md#seccomp, seccomp_rule_add(3)",
     .bad =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "valueTwo": 2, "op": "SCMP_CMP_EQ"}]}]}}})",
     .good =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 3, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ"}]}]}}})",
     .check = check_comparison},
    {.id = "seccomp/no-effect",
     .severity = Severity::warning,
     .summary = "an entry does something else than the default",
     .details = "What an entry says is done by default already, so that it can be left out, or its action is "
                "wrong.",
     .source = "config-linux.md#seccomp",
     .bad =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_ERRNO"}]}}})",
     .good =
         R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}}})",
     .check = check_redundant},
    {.id = "seccomp/default-allow",
     .severity = Severity::warning,
     .summary = "a filter lists what is allowed",
     .details = "A list of what isn't allowed lets pass what a later kernel adds.",
     .source = "config-linux.md#seccomp",
     .bad = R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW"}}})",
     .good = R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO"}}})",
     .check = check_default_allow},
};

}  // namespace

std::span<const Rule> seccomp_rules() {
    return rules;
}

}  // namespace ocikit
