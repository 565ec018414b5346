#include "seccomp/comparison.hpp"

#include <cstdlib>
#include <linux/seccomp.h>
#include <map>

namespace ocikit::run {

namespace {

// Where a jump leads that isn't known yet: behind the condition, or behind the rule.
constexpr std::uint8_t pass = 254, fail = 255;

unsigned offset_of(unsigned argument, bool high) {
    return static_cast<unsigned>(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t)) +
           (high ? 4 : 0);  // of a little-endian machine: the only ones there are for emit_filter
}

class Comparison {
  public:
    Comparison(const scmp_arg_cmp& condition, bool narrow) : condition_(condition), narrow_(narrow) {}

    // With `pass` and `fail` for jumps.
    std::vector<sock_filter> emit() {
        switch (condition_.op) {
            case SCMP_CMP_EQ:
                equal(UINT64_MAX, condition_.datum_a);
                break;
            case SCMP_CMP_MASKED_EQ:
                equal(condition_.datum_a, condition_.datum_b & condition_.datum_a);
                break;
            case SCMP_CMP_NE:
                not_equal(condition_.datum_a);
                break;
            case SCMP_CMP_GE:
                ordered(BPF_JGE, pass, fail);
                break;
            case SCMP_CMP_GT:
                ordered(BPF_JGT, pass, fail);
                break;
            case SCMP_CMP_LT:
                ordered(BPF_JGE, fail, pass);
                break;
            default:  // SCMP_CMP_LE; there are no others
                ordered(BPF_JGT, fail, pass);
                break;
        }
        return std::move(code_);
    }

  private:
    static std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }
    static std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

    void load(bool upper) {
        code_.push_back(bpf_statement(BPF_LD | BPF_W | BPF_ABS, offset_of(condition_.arg, upper)));
    }
    void test(unsigned comparison, std::uint32_t value, std::size_t if_true, std::size_t if_false) {
        code_.push_back(bpf_jump(BPF_JMP | comparison | BPF_K, value, if_true, if_false));
    }

    void equal_half(bool upper, std::uint32_t mask, std::uint32_t value) {
        if (mask == 0)
            return;
        load(upper);
        if (mask != UINT32_MAX)
            code_.push_back(bpf_statement(BPF_ALU | BPF_AND | BPF_K, mask));
        test(BPF_JEQ, value, 0, fail);
    }
    void equal(std::uint64_t mask, std::uint64_t value) {
        if (!narrow_)
            equal_half(true, high(mask), high(value));
        equal_half(false, low(mask), low(value));
    }
    void not_equal(std::uint64_t value) {
        if (!narrow_) {
            load(true);
            test(BPF_JEQ, high(value), 0, pass);
        }
        load(false);
        test(BPF_JEQ, low(value), fail, 0);
    }
    // above: where a greater upper half leads, below: a smaller one.
    void ordered(unsigned comparison, std::uint8_t above, std::uint8_t below) {
        const std::uint64_t value = condition_.datum_a;
        if (!narrow_) {
            load(true);
            test(BPF_JGT, high(value), above, 0);
            test(BPF_JEQ, high(value), 0, below);
        }
        load(false);
        if (above == pass)
            test(comparison, low(value), 0, fail);
        else
            test(comparison, low(value), fail, 0);
    }

    const scmp_arg_cmp& condition_;
    bool narrow_;
    std::vector<sock_filter> code_;
};

}  // namespace

void append_conditions(std::vector<sock_filter>& program, const Conditions& conditions, bool narrow,
                       std::uint32_t action) {
    const std::size_t begin = program.size();
    for (const auto& condition : conditions) {
        std::vector<sock_filter> code = Comparison(condition, narrow).emit();
        for (std::size_t i = 0; i < code.size(); ++i)
            for (std::uint8_t* const jump : {&code[i].jt, &code[i].jf})
                if (*jump == pass)
                    *jump = static_cast<std::uint8_t>(code.size() - i - 1);
        program.insert(program.end(), code.begin(), code.end());
    }
    program.push_back(bpf_statement(BPF_RET | BPF_K, action));
    for (std::size_t i = begin; i < program.size(); ++i)
        for (std::uint8_t* const jump : {&program[i].jt, &program[i].jf})
            if (*jump == fail)
                *jump = static_cast<std::uint8_t>(program.size() - i - 1);
}

int direct_x86_call(const std::string& name) {
    // recvmmsg is the first; the most came with Linux 4.3 and 5.1, up to msgctl
    static const std::map<std::string, int> direct = [] {
        std::map<std::string, int> found;
        for (int number = 337; number <= 402; ++number)
            if (char* const text = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86, number)) {
                found.emplace(text, number);
                std::free(text);
            }
        return found;
    }();
    const auto found = direct.find(name);
    return found == direct.end() ? -1 : found->second;
}

}  // namespace ocikit::run
