#include "cgroup/device_bpf.hpp"

#include <cerrno>
#include <cstddef>
#include <iterator>
#include <sys/syscall.h>
#include <unistd.h>

#include <ocikit/error.hpp>
#include <ocikit/unique_fd.hpp>

namespace ocikit::run {

namespace {

// Registers: what is asked for, and what of the access is still undecided.
constexpr unsigned result = BPF_REG_0, context = BPF_REG_1, type = BPF_REG_2, undecided = BPF_REG_3,
                   major_number = BPF_REG_4, minor_number = BPF_REG_5;

bpf_insn instruction(int code, unsigned to, unsigned from, int offset, std::int64_t value) {
    bpf_insn insn{};
    insn.code = static_cast<std::uint8_t>(code);
    insn.dst_reg = to & 15u;
    insn.src_reg = from & 15u;
    insn.off = static_cast<std::int16_t>(offset);
    insn.imm = static_cast<std::int32_t>(value);
    return insn;
}

bpf_insn load(unsigned to, std::size_t offset) {
    return instruction(BPF_LDX | BPF_MEM | BPF_W, to, context, static_cast<int>(offset), 0);
}

void append_return(std::vector<bpf_insn>& program, int value) {
    program.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, result, 0, 0, value));
    program.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

void append_rule(std::vector<bpf_insn>& program, const DeviceAccess& rule) {
    std::vector<std::size_t> skips;  // the jumps to the rule's end, to be filled in
    const auto skip_unless_equal = [&](unsigned reg, std::int64_t value) {
        skips.push_back(program.size());
        program.push_back(instruction(BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, 0, value));
    };
    if (rule.type != 'a')
        skip_unless_equal(type, rule.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
    if (rule.major >= 0)
        skip_unless_equal(major_number, rule.major);
    if (rule.minor >= 0)
        skip_unless_equal(minor_number, rule.minor);
    if (rule.allow) {
        program.push_back(
            instruction(BPF_ALU64 | BPF_AND | BPF_K, undecided, 0, 0, static_cast<int>(~rule.access)));
        skips.push_back(program.size());
        program.push_back(instruction(BPF_JMP | BPF_JNE | BPF_K, undecided, 0, 0, 0));
        append_return(program, 1);
    } else {
        program.push_back(instruction(BPF_JMP | BPF_JSET | BPF_K, undecided, 0, 1, rule.access));
        skips.push_back(program.size());
        program.push_back(instruction(BPF_JMP | BPF_JA, 0, 0, 0, 0));
        append_return(program, 0);
    }
    for (const std::size_t at : skips)
        program[at].off = static_cast<std::int16_t>(program.size() - at - 1);
}

// The programs that are attached to this cgroup itself.
std::vector<UniqueFd> attached_programs(int cgroup) {
    std::uint32_t ids[64];
    union bpf_attr query {};
    query.query.target_fd = static_cast<std::uint32_t>(cgroup);
    query.query.attach_type = BPF_CGROUP_DEVICE;
    query.query.prog_ids = reinterpret_cast<std::uintptr_t>(ids);
    query.query.prog_cnt = std::size(ids);
    std::vector<UniqueFd> programs;
    if (::syscall(SYS_bpf, BPF_PROG_QUERY, &query, sizeof query) < 0)
        throw Error::last("list the BPF programs of the device rules", "cgroup");
    for (std::uint32_t i = 0; i < query.query.prog_cnt; ++i) {
        union bpf_attr by_id {};
        by_id.prog_id = ids[i];
        programs.emplace_back(
            static_cast<int>(::syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &by_id, sizeof by_id)));
        if (!programs.back())
            throw Error::last("open a BPF program of the device rules", "cgroup");
    }
    return programs;
}

void detach(int cgroup, const UniqueFd& program) {
    union bpf_attr attr {};
    attr.target_fd = static_cast<std::uint32_t>(cgroup);
    attr.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
    attr.attach_type = BPF_CGROUP_DEVICE;
    if (::syscall(SYS_bpf, BPF_PROG_DETACH, &attr, sizeof attr) < 0)
        throw Error::last("detach a BPF program of the device rules", "cgroup");
}

}  // namespace

std::vector<bpf_insn> device_program(const std::vector<DeviceAccess>& rules) {
    std::vector<bpf_insn> program{
        load(type, offsetof(bpf_cgroup_dev_ctx, access_type)),
        instruction(BPF_ALU64 | BPF_MOV | BPF_X, undecided, type, 0, 0),
        instruction(BPF_ALU64 | BPF_RSH | BPF_K, undecided, 0, 0, 16),
        instruction(BPF_ALU64 | BPF_AND | BPF_K, type, 0, 0, 0xffff),
        load(major_number, offsetof(bpf_cgroup_dev_ctx, major)),
        load(minor_number, offsetof(bpf_cgroup_dev_ctx, minor)),
    };
    for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule)
        append_rule(program, *rule);
    append_return(program, 0);
    return program;
}

void attach_device_program(int cgroup, const std::vector<DeviceAccess>& rules, bool alone) {
    const std::vector<bpf_insn> program = device_program(rules);
    union bpf_attr load_attr {};
    load_attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    load_attr.insns = reinterpret_cast<std::uintptr_t>(program.data());
    load_attr.insn_cnt = static_cast<std::uint32_t>(program.size());
    load_attr.license = reinterpret_cast<std::uintptr_t>("Apache-2.0");
    const UniqueFd fd(static_cast<int>(::syscall(SYS_bpf, BPF_PROG_LOAD, &load_attr, sizeof load_attr)));
    if (!fd)
        throw Error::last("load the BPF program of the device rules", "cgroup");
    const std::vector<UniqueFd> old = alone ? attached_programs(cgroup) : std::vector<UniqueFd>();
    union bpf_attr attach_attr {};
    attach_attr.target_fd = static_cast<std::uint32_t>(cgroup);
    attach_attr.attach_bpf_fd = static_cast<std::uint32_t>(fd.get());
    attach_attr.attach_type = BPF_CGROUP_DEVICE;
    attach_attr.attach_flags = BPF_F_ALLOW_MULTI;
    if (old.size() == 1) {
        attach_attr.attach_flags |= BPF_F_REPLACE;
        attach_attr.replace_bpf_fd = static_cast<std::uint32_t>(old.front().get());
    }
    if (::syscall(SYS_bpf, BPF_PROG_ATTACH, &attach_attr, sizeof attach_attr) < 0)
        throw Error::last("attach the BPF program of the device rules", "cgroup");
    if (old.size() > 1)
        for (const auto& previous : old)
            detach(cgroup, previous);
}

}  // namespace ocikit::run
