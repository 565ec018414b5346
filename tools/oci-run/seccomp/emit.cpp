#include "seccomp/emit.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <memory>
#include <string_view>

#include "seccomp/comparison.hpp"
#include "seccomp/newer_calls.hpp"

namespace ocikit::run {

namespace {

using Program = std::vector<sock_filter>;

constexpr std::uint32_t x32_bit = 0x40000000;
constexpr std::uint32_t skipped_call = 0xffffffff;                 // a tracer skips the call (seccomp(2))
constexpr std::uint32_t foreign_action = SECCOMP_RET_KILL_THREAD;  // as libseccomp has it
constexpr std::size_t longest_jump = 255;

struct CallRule {
    std::uint32_t number = 0;
    std::uint32_t action = 0;
    const Conditions* conditions = nullptr;
};

// What a range of system calls gets: that of the rule that applies, else the action.
struct Answer {
    std::uint32_t action = 0;
    std::vector<CallRule> rules;
    bool narrow = false;  // arguments have 32 bits
};

struct Range {
    std::uint32_t first = 0;  // to the next one's
    Answer answer;
};

bool is_32_bit(std::uint32_t architecture) {
    return architecture == SCMP_ARCH_X86 || architecture == SCMP_ARCH_ARM || architecture == SCMP_ARCH_X32;
}

bool always_holds(const Conditions& conditions, bool narrow) {
    return std::all_of(conditions.begin(), conditions.end(), [narrow](const scmp_arg_cmp& condition) {
        const std::uint64_t mask = narrow ? condition.datum_a & UINT32_MAX : condition.datum_a;
        return condition.op == SCMP_CMP_MASKED_EQ && mask == 0;
    });
}

// No call fits both: they want different values of the same argument.
bool exclude_each_other(const Conditions& one, const Conditions& other) {
    for (const auto& a : one)
        for (const auto& b : other)
            if (a.arg == b.arg && a.op == SCMP_CMP_EQ && b.op == SCMP_CMP_EQ &&
                static_cast<std::uint32_t>(a.datum_a) != static_cast<std::uint32_t>(b.datum_a))
                return true;
    return false;
}

// The rules of one architecture, by number.
class CallTable {
  public:
    CallTable(const Profile& profile, std::uint32_t architecture)
        : default_action_(profile.default_action), architecture_(architecture) {
        for (const auto& rule : profile.rules)
            for (const auto& name : *rule.names)
                add(rule, name);
        std::stable_sort(rules_.begin(), rules_.end(),
                         [](const CallRule& a, const CallRule& b) { return a.number < b.number; });
    }

    // Appends a range for each call. False if libseccomp is to say what is meant.
    bool append_ranges(std::vector<Range>& ranges) const {
        for (auto at = rules_.begin(); at != rules_.end();) {
            const auto end = std::find_if(at, rules_.end(),
                                          [at](const CallRule& rule) { return rule.number != at->number; });
            Answer answer;
            if (!answer_of(at, end, answer))
                return false;
            ranges.push_back({at->number, std::move(answer)});
            ranges.push_back({at->number + 1, {default_action_, {}, false}});
            at = end;
        }
        return true;
    }

  private:
    using Iterator = std::vector<CallRule>::const_iterator;

    // The first rule without conditions; else all those with. False if which of them
    // counts is a matter of order.
    bool answer_of(Iterator begin, Iterator end, Answer& answer) const {
        const bool narrow = is_32_bit(architecture_);
        for (auto at = begin; at != end; ++at)
            if (always_holds(*at->conditions, narrow)) {
                answer = {at->action, {}, narrow};
                return true;
            }
        for (auto at = begin; at != end; ++at)
            for (auto other = begin; other != at; ++other)
                if (at->action != other->action && !exclude_each_other(*at->conditions, *other->conditions))
                    return false;
        answer = {default_action_, {begin, end}, narrow};
        return true;
    }

    void add(const ProfileRule& rule, const std::string& name) {
        const int number = seccomp_syscall_resolve_name_arch(architecture_, name.c_str());
        if (number == __NR_SCMP_ERROR)
            return;
        if (number >= 0) {
            for (const auto& conditions : rule.alternatives)
                rules_.push_back({static_cast<std::uint32_t>(number), rule.action, &conditions});
        } else if (architecture_ == SCMP_ARCH_X86 && number <= -101 && number >= -299) {
            add_multiplexed(rule, name, number);
        }
    }

    // On x86 calls for sockets and of System V IPC are both calls of their own and parts
    // of socketcall(2) and ipc(2), where the first argument says which, and nothing can be
    // said about the call's own first one.
    void add_multiplexed(const ProfileRule& rule, const std::string& name, int number) {
        const bool socket = number > -200;
        const auto part = static_cast<std::uint64_t>(-number % (socket ? 100 : 200));
        for (const auto& conditions : rule.alternatives) {
            auto made = std::make_unique<Conditions>(Conditions{{0, SCMP_CMP_EQ, part, 0}});
            for (const auto& condition : conditions)
                if (condition.arg != 0)
                    made->push_back(condition);
            const std::uint32_t outer = socket ? 102 : 117;  // __NR_socketcall, __NR_ipc of asm/unistd_32.h
            rules_.push_back({outer, rule.action, made.get()});
            made_.push_back(std::move(made));
            if (const int direct = direct_x86_call(name); direct >= 0)
                rules_.push_back({static_cast<std::uint32_t>(direct), rule.action, &conditions});
        }
    }

    std::uint32_t default_action_;
    std::uint32_t architecture_;
    std::vector<CallRule> rules_;
    std::vector<std::unique_ptr<Conditions>> made_;
};

Program answer_program(const Answer& answer) {
    Program program;
    for (const auto& rule : answer.rules)
        append_conditions(program, *rule.conditions, answer.narrow, rule.action);
    program.push_back(bpf_statement(BPF_RET | BPF_K, answer.action));
    return program;
}

// A binary search for the range that the accumulator, the call's number, is in.
Program search(const Range* begin, const Range* end) {
    if (end - begin == 1)
        return answer_program(begin->answer);
    const Range* const middle = begin + (end - begin) / 2;
    const Program left = search(begin, middle);
    const Program right = search(middle, end);
    Program program;
    program.reserve(left.size() + right.size() + 2);
    const bool near = left.size() <= longest_jump;
    program.push_back(
        bpf_jump(BPF_JMP | BPF_JGE | BPF_K, middle->first, near ? left.size() : 0, near ? 0 : 1));
    if (!near)
        program.push_back(bpf_statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(left.size())));
    program.insert(program.end(), left.begin(), left.end());
    program.insert(program.end(), right.begin(), right.end());
    return program;
}

// Joins ranges with the same action, and leaves out those that are empty.
std::vector<Range> joined(std::vector<Range> ranges) {
    std::vector<Range> result;
    for (auto& range : ranges) {
        if (!result.empty() && result.back().first == range.first)
            result.pop_back();
        if (!result.empty() && result.back().answer.rules.empty() && range.answer.rules.empty() &&
            result.back().answer.action == range.answer.action)
            continue;
        result.push_back(std::move(range));
    }
    return result;
}

// What an architecture's calls that are newer than the profile get.
void append_newer(std::vector<Range>& ranges, const Profile& profile, std::uint32_t architecture) {
    const int highest = highest_call(*profile.source, architecture);
    if (!denies_by_default(*profile.source) || highest < 0)
        return;
    const auto first = static_cast<std::uint32_t>(highest) + 1;
    while (!ranges.empty() && ranges.back().first >= first)
        ranges.pop_back();
    ranges.push_back({first, {SECCOMP_RET_ERRNO | ENOSYS, {}, false}});
}

struct Architecture {
    std::uint32_t audit_name = 0;  // AUDIT_ARCH_…
    std::vector<std::uint32_t> members;
};

std::optional<std::vector<Architecture>> architectures(const Profile& profile) {
    std::vector<Architecture> result;
    for (const std::uint32_t member : profile.architectures) {
        std::uint32_t name = member;
        if (member == SCMP_ARCH_X32)
            name = AUDIT_ARCH_X86_64;
        else if (member != SCMP_ARCH_X86_64 && member != SCMP_ARCH_X86 && member != SCMP_ARCH_AARCH64 &&
                 member != SCMP_ARCH_ARM)
            return std::nullopt;
        const auto found = std::find_if(result.begin(), result.end(),
                                        [name](const Architecture& one) { return one.audit_name == name; });
        if (found != result.end())
            found->members.push_back(member);
        else
            result.push_back({name, {member}});
    }
    return result;
}

bool has(const Architecture& architecture, std::uint32_t member) {
    return std::find(architecture.members.begin(), architecture.members.end(), member) !=
           architecture.members.end();
}

// tables: what ranges points into.
bool collect_ranges(const Profile& profile, const Architecture& architecture,
                    std::vector<std::unique_ptr<CallTable>>& tables, std::vector<Range>& ranges) {
    const bool x86_64 = architecture.audit_name == AUDIT_ARCH_X86_64;
    ranges.push_back({0, {profile.default_action, {}, false}});
    for (const std::uint32_t member :
         {x86_64 ? std::uint32_t{SCMP_ARCH_X86_64} : architecture.members.front(),
          x86_64 ? std::uint32_t{SCMP_ARCH_X32} : 0u}) {
        if (member == 0)
            continue;
        if (member == SCMP_ARCH_X32)
            ranges.push_back({x32_bit, {profile.default_action, {}, false}});
        if (!has(architecture, member)) {
            ranges.back().answer.action = foreign_action;
            continue;
        }
        tables.push_back(std::make_unique<CallTable>(profile, member));
        if (!tables.back()->append_ranges(ranges))
            return false;
        if (member != SCMP_ARCH_X32)
            append_newer(ranges, profile, member);
    }
    if (x86_64)
        ranges.push_back({skipped_call, {profile.default_action, {}, false}});
    return true;
}

}  // namespace

std::optional<std::vector<sock_filter>> emit_filter(const Profile& profile) {
    const auto all = architectures(profile);
    if (!all)
        return std::nullopt;
    Program program{bpf_statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch))};
    for (const auto& architecture : *all) {
        std::vector<std::unique_ptr<CallTable>> tables;
        std::vector<Range> ranges;
        if (!collect_ranges(profile, architecture, tables, ranges))
            return std::nullopt;
        ranges = joined(std::move(ranges));
        const Program body = search(ranges.data(), ranges.data() + ranges.size());
        program.push_back(bpf_jump(BPF_JMP | BPF_JEQ | BPF_K, architecture.audit_name, 1, 0));
        program.push_back(bpf_statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(body.size() + 1)));
        program.push_back(bpf_statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
        program.insert(program.end(), body.begin(), body.end());
    }
    program.push_back(bpf_statement(BPF_RET | BPF_K, foreign_action));
    return program;
}

}  // namespace ocikit::run
