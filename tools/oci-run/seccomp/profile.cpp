#include "seccomp/profile.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

constexpr const char* base = "/linux/seccomp";
constexpr std::size_t most_arguments = 6;

using Action = spec::SeccompAction;

bool takes_errno(Action action) {
    return action == Action::errno_ || action == Action::trace;
}

// errno_member: the member's name, for messages.
std::uint32_t action_of(Action action, const std::optional<std::uint32_t>& errno_ret,
                        const std::string& object, const char* errno_member) {
    const std::string pointer = object + "/" + errno_member;
    if (errno_ret && !takes_errno(action))
        refuse(pointer, spec::to_text(action) + " has no errno to return");
    if (errno_ret && *errno_ret > 0xffff)
        refuse(pointer, std::to_string(*errno_ret) + " is above 65535");
    const auto value = static_cast<std::uint16_t>(errno_ret.value_or(EPERM));
    switch (action) {
        case Action::kill:
        case Action::kill_thread:
            return SCMP_ACT_KILL_THREAD;
        case Action::kill_process:
            return SCMP_ACT_KILL_PROCESS;
        case Action::trap:
            return SCMP_ACT_TRAP;
        case Action::errno_:
            return SCMP_ACT_ERRNO(value);
        case Action::trace:
            return SCMP_ACT_TRACE(value);
        case Action::log:
            return SCMP_ACT_LOG;
        case Action::notify:
            return SCMP_ACT_NOTIFY;
        case Action::allow:
            break;
    }
    return SCMP_ACT_ALLOW;
}

scmp_compare operator_of(spec::SeccompOperator op) {
    switch (op) {
        case spec::SeccompOperator::ne:
            return SCMP_CMP_NE;
        case spec::SeccompOperator::lt:
            return SCMP_CMP_LT;
        case spec::SeccompOperator::le:
            return SCMP_CMP_LE;
        case spec::SeccompOperator::eq:
            return SCMP_CMP_EQ;
        case spec::SeccompOperator::ge:
            return SCMP_CMP_GE;
        case spec::SeccompOperator::gt:
            return SCMP_CMP_GT;
        case spec::SeccompOperator::masked_eq:
            break;
    }
    return SCMP_CMP_MASKED_EQ;
}

Conditions comparisons(const std::vector<spec::SyscallArg>& args, const std::string& pointer) {
    if (args.size() > most_arguments)
        refuse(pointer, "more conditions than a system call has arguments");
    Conditions result;
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (args[i].index >= most_arguments)
            refuse(pointer + "/" + std::to_string(i) + "/index",
                   std::to_string(args[i].index) + " is above 5");
        result.push_back(
            {args[i].index, operator_of(args[i].op), args[i].value, args[i].valueTwo.value_or(0)});
    }
    return result;
}

bool repeats_an_argument(const Conditions& conditions) {
    std::array<bool, most_arguments> seen{};
    return std::any_of(conditions.begin(), conditions.end(), [&seen](const scmp_arg_cmp& condition) {
        return std::exchange(seen[condition.arg], true);
    });
}

// Of different arguments, all must hold; of the same one, any (as runc and crun have it).
std::vector<Conditions> alternatives(const spec::Syscall& rule, const std::string& pointer) {
    Conditions conditions = comparisons(rule.args, pointer + "/args");
    if (!repeats_an_argument(conditions))
        return {std::move(conditions)};
    std::vector<Conditions> result;
    for (const auto& condition : conditions)
        result.push_back({condition});
    return result;
}

std::vector<std::uint32_t> architectures(const spec::Seccomp& seccomp) {
    std::vector<std::uint32_t> tokens{seccomp_arch_native()};
    for (std::size_t i = 0; i < seccomp.architectures.size(); ++i) {
        const std::uint32_t token = architecture_token(seccomp.architectures[i]);
        if (token == 0)
            refuse(std::string(base) + "/architectures/" + std::to_string(i),
                   spec::to_text(seccomp.architectures[i]) + " is unknown to this libseccomp");
        if (std::find(tokens.begin(), tokens.end(), token) == tokens.end())
            tokens.push_back(token);
    }
    return tokens;
}

// init and the command tell each other of the listener by these: they would wait for it.
void check_notified(const spec::Syscall& rule, const std::string& pointer) {
    for (std::size_t i = 0; i < rule.names.size(); ++i)
        if (rule.names[i] == "write" || rule.names[i] == "sendmsg")
            refuse(pointer + "/names/" + std::to_string(i),
                   "SCMP_ACT_NOTIFY can't be for " + rule.names[i] +
                       ": oci-run needs it to tell of the file to listen at");
}

void check_listener(const spec::Seccomp& seccomp, const Profile& profile) {
    if (seccomp.listenerMetadata.value_or("") != "" && seccomp.listenerPath.value_or("").empty())
        refuse(std::string(base) + "/listenerMetadata", "needs a listenerPath");
    if (profile.notifies && seccomp.listenerPath.value_or("").empty())
        refuse(std::string(base) + "/listenerPath", "missing: SCMP_ACT_NOTIFY needs a listener");
    if (profile.notifies && !seccomp.listenerPath->starts_with('/'))
        refuse(std::string(base) + "/listenerPath", "\"" + *seccomp.listenerPath + "\" is not absolute");
}

}  // namespace

std::uint32_t architecture_token(spec::SeccompArch architecture) {
    std::string name = spec::to_text(architecture).substr(std::string_view("SCMP_ARCH_").size());
    for (char& c : name)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return seccomp_arch_resolve_name(name.c_str());
}

void refuse_unknown_calls(const spec::Seccomp& seccomp) {
    for (std::size_t i = 0; i < seccomp.syscalls.size(); ++i)
        for (std::size_t k = 0; k < seccomp.syscalls[i].names.size(); ++k) {
            const std::string& name = seccomp.syscalls[i].names[k];
            if (::seccomp_syscall_resolve_name(name.c_str()) == __NR_SCMP_ERROR)
                refuse(std::string(base) + "/syscalls/" + std::to_string(i) + "/names/" + std::to_string(k),
                       "\"" + name + "\" is no system call that this libseccomp knows",
                       "without the annotation run.oci.seccomp_fail_unknown_syscall it is left out");
        }
}

Profile check_profile(const spec::Seccomp& seccomp) {
    Profile profile;
    profile.source = &seccomp;
    profile.default_action =
        action_of(seccomp.defaultAction, seccomp.defaultErrnoRet, base, "defaultErrnoRet");
    if (seccomp.defaultAction == Action::notify)
        refuse(std::string(base) + "/defaultAction",
               "SCMP_ACT_NOTIFY can't be the default: oci-run's own calls would wait for the listener");
    profile.architectures = architectures(seccomp);
    for (std::size_t i = 0; i < seccomp.syscalls.size(); ++i) {
        const spec::Syscall& rule = seccomp.syscalls[i];
        const std::string pointer = std::string(base) + "/syscalls/" + std::to_string(i);
        const std::uint32_t action = action_of(rule.action, rule.errnoRet, pointer, "errnoRet");
        std::vector<Conditions> conditions = alternatives(rule, pointer);
        if (rule.names.empty())
            refuse(pointer + "/names", "empty: a rule is for a system call at least");
        if (rule.action == Action::notify) {
            check_notified(rule, pointer);
            profile.notifies = true;
        }
        if (action != profile.default_action)
            profile.rules.push_back({pointer, &rule.names, action, std::move(conditions)});
    }
    check_listener(seccomp, profile);
    return profile;
}

}  // namespace ocikit::run
