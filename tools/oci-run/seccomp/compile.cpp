#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <memory>
#include <optional>
#include <seccomp.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>

#include <ocikit/error.hpp>
#include <ocikit/unique_fd.hpp>

#include "plan/refusal.hpp"
#include "seccomp/filter.hpp"
#include "seccomp/newer_calls.hpp"

namespace ocikit::run {

namespace {

constexpr const char* base = "/linux/seccomp";
constexpr std::size_t most_arguments = 6;

using Action = spec::SeccompAction;
using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

[[noreturn]] void fail(const std::string& pointer, const std::string& operation, int code) {
    throw Error({.operation = operation, .object = "config.json: " + pointer, .code = code});
}

bool takes_errno(Action action) {
    return action == Action::errno_ || action == Action::trace;
}

// action_member, errno_member: the names of the members, for messages.
std::uint32_t action_of(Action action, const std::optional<std::uint32_t>& errno_ret,
                        const std::string& object, const char* action_member, const char* errno_member) {
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
            refuse(object + "/" + action_member,
                   "SCMP_ACT_NOTIFY is not supported by this version of oci-run");
        case Action::allow:
            break;
    }
    return SCMP_ACT_ALLOW;
}

// 0 if this libseccomp has none.
std::uint32_t arch_token(spec::SeccompArch arch) {
    std::string name = spec::to_text(arch).substr(std::string_view("SCMP_ARCH_").size());
    for (char& c : name)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return seccomp_arch_resolve_name(name.c_str());
}

unsigned flag_of(spec::SeccompFlag flag) {
    switch (flag) {
        case spec::SeccompFlag::tsync:
            return SECCOMP_FILTER_FLAG_TSYNC;
        case spec::SeccompFlag::log:
            return SECCOMP_FILTER_FLAG_LOG;
        case spec::SeccompFlag::spec_allow:
            return SECCOMP_FILTER_FLAG_SPEC_ALLOW;
        case spec::SeccompFlag::wait_killable_recv:
            break;
    }
    return 1u << 5;  // SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19
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

std::vector<scmp_arg_cmp> comparisons(const std::vector<spec::SyscallArg>& args, const std::string& pointer) {
    if (args.size() > most_arguments)
        refuse(pointer, "more conditions than a system call has arguments");
    std::vector<scmp_arg_cmp> result;
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (args[i].index >= most_arguments)
            refuse(pointer + "/" + std::to_string(i) + "/index",
                   std::to_string(args[i].index) + " is above 5");
        result.push_back(
            {args[i].index, operator_of(args[i].op), args[i].value, args[i].valueTwo.value_or(0)});
    }
    return result;
}

bool repeats_an_argument(const std::vector<scmp_arg_cmp>& conditions) {
    std::array<bool, most_arguments> seen{};
    return std::any_of(conditions.begin(), conditions.end(), [&seen](const scmp_arg_cmp& condition) {
        return std::exchange(seen[condition.arg], true);
    });
}

void add_rule(scmp_filter_ctx context, const spec::Syscall& rule, std::uint32_t default_action,
              const std::string& pointer) {
    const std::uint32_t action = action_of(rule.action, rule.errnoRet, pointer, "action", "errnoRet");
    if (action == default_action)  // libseccomp takes no rule that changes nothing
        return;
    const std::vector<scmp_arg_cmp> conditions = comparisons(rule.args, pointer + "/args");
    for (std::size_t i = 0; i < rule.names.size(); ++i) {
        const int call = seccomp_syscall_resolve_name(rule.names[i].c_str());
        if (call == __NR_SCMP_ERROR)
            continue;
        int code = 0;
        if (repeats_an_argument(conditions)) {  // any of them; otherwise all
            for (const auto& condition : conditions)
                code = code != 0 ? code : seccomp_rule_add_array(context, action, call, 1, &condition);
        } else {
            code = seccomp_rule_add_array(context, action, call, static_cast<unsigned>(conditions.size()),
                                          conditions.data());
        }
        if (code != 0)
            fail(pointer + "/names/" + std::to_string(i), "add a rule for " + rule.names[i], -code);
    }
}

void add_architectures(scmp_filter_ctx context, const std::vector<spec::SeccompArch>& architectures) {
    for (std::size_t i = 0; i < architectures.size(); ++i) {
        const std::string pointer = std::string(base) + "/architectures/" + std::to_string(i);
        const std::uint32_t token = arch_token(architectures[i]);
        if (token == 0)
            refuse(pointer, spec::to_text(architectures[i]) + " is unknown to this libseccomp");
        const int code = seccomp_arch_add(context, token);
        if (code != 0 && code != -EEXIST)
            fail(pointer, "add the architecture", -code);
    }
}

std::vector<sock_filter> export_program(scmp_filter_ctx context) {
    const UniqueFd fd(::memfd_create("seccomp", MFD_CLOEXEC));
    if (!fd)
        throw Error::last("make a file for the filter", "memfd");
    if (const int code = seccomp_export_bpf(context, fd.get()); code != 0)
        fail(base, "compile the filter", -code);
    const off_t size = ::lseek(fd.get(), 0, SEEK_END);
    std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
    if (::pread(fd.get(), program.data(), program.size() * sizeof(sock_filter), 0) != size)
        throw Error::last("read the filter", "memfd");
    return program;
}

}  // namespace

std::vector<spec::SeccompArch> seccomp_architectures() {
    std::vector<spec::SeccompArch> usable;
    // a filter is for one order of bytes
    const Context context(seccomp_init(SCMP_ACT_ALLOW), seccomp_release);
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<spec::SeccompArch>>([&](auto enumerator) {
        const std::uint32_t token = arch_token(enumerator.value);
        const int code = token == 0 ? -EINVAL : seccomp_arch_add(context.get(), token);
        if (code == 0 || code == -EEXIST)
            usable.push_back(enumerator.value);
    });
    return usable;
}

std::string seccomp_library_version() {
    const scmp_version* const version = seccomp_version();
    return std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
           std::to_string(version->micro);
}

SeccompFilter compile_seccomp(const spec::Seccomp& seccomp) {
    if (seccomp.listenerPath || seccomp.listenerMetadata)
        refuse(std::string(base) + "/listenerPath", "not supported by this version of oci-run");
    const std::uint32_t default_action =
        action_of(seccomp.defaultAction, seccomp.defaultErrnoRet, base, "defaultAction", "defaultErrnoRet");
    const Context context(seccomp_init(default_action), seccomp_release);
    if (!context)
        fail(base, "make the filter", ENOMEM);
    // a binary search instead of a list: a third of the load time and of each call's
    seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    add_architectures(context.get(), seccomp.architectures);
    for (std::size_t i = 0; i < seccomp.syscalls.size(); ++i)
        add_rule(context.get(), seccomp.syscalls[i], default_action,
                 std::string(base) + "/syscalls/" + std::to_string(i));
    SeccompFilter filter;
    filter.program = export_program(context.get());
    if (denies_by_default(seccomp))
        prepend_newer_calls(filter.program, seccomp);
    if (filter.program.size() > BPF_MAXINSNS)
        refuse(base, "the filter has " + std::to_string(filter.program.size()) +
                         " instructions, the kernel takes " + std::to_string(BPF_MAXINSNS));
    for (const auto flag : seccomp.flags)
        filter.flags |= flag_of(flag);
    return filter;
}

}  // namespace ocikit::run
