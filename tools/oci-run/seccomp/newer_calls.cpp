#include "seccomp/newer_calls.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <set>

#include "seccomp/comparison.hpp"

namespace ocikit::run {

namespace {

constexpr std::uint32_t x32_bit = 0x40000000;

std::set<std::uint32_t> architectures(const spec::Seccomp& seccomp) {
    std::set<std::uint32_t> tokens{seccomp_arch_native()};
    for (const auto arch : seccomp.architectures) {
        if (arch == spec::SeccompArch::x86)
            tokens.insert(SCMP_ARCH_X86);
        else if (arch == spec::SeccompArch::x86_64)
            tokens.insert(SCMP_ARCH_X86_64);
        else if (arch == spec::SeccompArch::arm)
            tokens.insert(SCMP_ARCH_ARM);
        else if (arch == spec::SeccompArch::aarch64)
            tokens.insert(SCMP_ARCH_AARCH64);
    }
    return tokens;
}

}  // namespace

int highest_call(const spec::Seccomp& seccomp, std::uint32_t arch) {
    int highest = -1;
    for (const auto& rule : seccomp.syscalls)
        for (const auto& name : rule.names)
            highest = std::max(highest, seccomp_syscall_resolve_name_arch(arch, name.c_str()));
    return highest;
}

bool denies_by_default(const spec::Seccomp& seccomp) {
    switch (seccomp.defaultAction) {
        case spec::SeccompAction::errno_:
            return seccomp.defaultErrnoRet.value_or(EPERM) != ENOSYS;
        case spec::SeccompAction::kill:
        case spec::SeccompAction::kill_process:
        case spec::SeccompAction::kill_thread:
        case spec::SeccompAction::trap:
            return true;
        case spec::SeccompAction::trace:
        case spec::SeccompAction::allow:
        case spec::SeccompAction::log:
        case spec::SeccompAction::notify:
            break;
    }
    return false;
}

void prepend_newer_calls(std::vector<sock_filter>& program, const spec::Seccomp& seccomp) {
    std::vector<sock_filter> head;
    for (const std::uint32_t arch : architectures(seccomp)) {
        const int highest = highest_call(seccomp, arch);
        if (highest < 0)
            continue;
        // x32 calls come under x86_64's name, with a bit of their own: theirs to the program
        const bool x32 = arch == SCMP_ARCH_X86_64;
        head.push_back(bpf_statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
        head.push_back(bpf_jump(BPF_JMP | BPF_JEQ | BPF_K, arch, 0, x32 ? 4 : 3));
        head.push_back(bpf_statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
        if (x32)
            head.push_back(bpf_jump(BPF_JMP | BPF_JGE | BPF_K, x32_bit, 2, 0));
        head.push_back(bpf_jump(BPF_JMP | BPF_JGT | BPF_K, static_cast<std::uint32_t>(highest), 0, 1));
        head.push_back(bpf_statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
    }
    program.insert(program.begin(), head.begin(), head.end());
}

}  // namespace ocikit::run
