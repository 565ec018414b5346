// Device rules, and the BPF program made of them, run by a small interpreter.
#include "cgroup/device_rules.hpp"

#include <linux/bpf.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

#include "cgroup/device_bpf.hpp"

using namespace ocikit::run;
using ocikit::Error;
using ocikit::spec::DeviceRule;

namespace {

std::vector<std::string> texts(const std::vector<DeviceRule>& rules) {
    std::vector<std::string> result;
    for (const auto& rule : device_rules(rules))
        result.push_back((rule.allow ? "+" : "-") + device_rule_text(rule));
    return result;
}

const std::vector<std::string> base{"-a",         "+c *:* m",   "+b *:* m",    "+c 1:3 rwm",
                                    "+c 1:5 rwm", "+c 1:7 rwm", "+c 1:8 rwm",  "+c 1:9 rwm",
                                    "+c 5:0 rwm", "+c 5:2 rwm", "+c 136:* rwm"};

std::vector<std::string> with_base(std::initializer_list<std::string> more) {
    std::vector<std::string> result = base;
    result.insert(result.end(), more);
    return result;
}

// As devices.list is to show what only allows.
std::vector<std::string> before_base(std::initializer_list<std::string> more) {
    std::vector<std::string> result = base;
    result.insert(result.begin() + 1, more);
    return result;
}

// What the program returns for an access: the instructions that device_program
// uses, and no others.
class Machine {
  public:
    Machine(const std::vector<bpf_insn>& program, const bpf_cgroup_dev_ctx& context) : program_(program) {
        registers_[1] = reinterpret_cast<std::uintptr_t>(&context);
    }

    std::uint64_t run() {
        for (std::size_t at = 0, steps = 0; at < program_.size() && steps < 100000; ++steps) {
            const bpf_insn& insn = program_[at];
            if (insn.code == (BPF_JMP | BPF_EXIT))
                return registers_[0];
            at += 1 + static_cast<std::size_t>(execute(insn));
        }
        throw std::runtime_error("the program doesn't end");
    }

  private:
    // The number of instructions to skip.
    int execute(const bpf_insn& insn) {
        std::uint64_t& to = registers_[insn.dst_reg];
        const std::uint64_t from = registers_[insn.src_reg];
        const auto value = static_cast<std::uint64_t>(static_cast<std::int64_t>(insn.imm));
        switch (insn.code) {
            case BPF_LDX | BPF_MEM | BPF_W:
                to = *reinterpret_cast<const std::uint32_t*>(from + static_cast<std::uintptr_t>(insn.off));
                return 0;
            case BPF_ALU64 | BPF_MOV | BPF_X:
                to = from;
                return 0;
            case BPF_ALU64 | BPF_MOV | BPF_K:
                to = value;
                return 0;
            case BPF_ALU64 | BPF_RSH | BPF_K:
                to >>= value;
                return 0;
            case BPF_ALU64 | BPF_AND | BPF_K:
                to &= value;
                return 0;
            case BPF_JMP32 | BPF_JNE | BPF_K:
                return static_cast<std::uint32_t>(to) != static_cast<std::uint32_t>(value) ? insn.off : 0;
            case BPF_JMP | BPF_JNE | BPF_K:
                return to != value ? insn.off : 0;
            case BPF_JMP | BPF_JSET | BPF_K:
                return (to & value) != 0 ? insn.off : 0;
            case BPF_JMP | BPF_JA:
                return insn.off;
        }
        throw std::runtime_error("instruction " + std::to_string(insn.code) + " is not known to the test");
    }

    const std::vector<bpf_insn>& program_;
    std::uint64_t registers_[11] = {};
};

// access: of r, w, m
bool allowed(const std::vector<bpf_insn>& program, char type, unsigned major, unsigned minor,
             const std::string& access) {
    unsigned bits = 0;
    for (const char c : access)
        bits |= c == 'r' ? BPF_DEVCG_ACC_READ : c == 'w' ? BPF_DEVCG_ACC_WRITE : BPF_DEVCG_ACC_MKNOD;
    const unsigned kind = type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
    return Machine(program, {bits << 16 | kind, major, minor}).run() == 1;
}

DeviceRule rule(bool allow, const char* type = nullptr, int major = -1, int minor = -1,
                const char* access = nullptr) {
    DeviceRule result;
    result.allow = allow;
    if (type)
        result.type = type;
    if (major >= 0)
        result.major = major;
    if (minor >= 0)
        result.minor = minor;
    if (access)
        result.access = access;
    return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(device_rules_test)

BOOST_AUTO_TEST_CASE(order) {
    BOOST_TEST(texts({}) == base, boost::test_tools::per_element());
    BOOST_TEST(texts({rule(true, "c", 10, 229, "rw"), rule(false, "b", 8, -1, "w")}) ==
                   with_base({"+c 10:229 rw", "-b 8:* w"}),
               boost::test_tools::per_element());
    // what the default configurations of runc and crun begin with
    BOOST_TEST(texts({rule(false, nullptr, -1, -1, "rwm")}) == base, boost::test_tools::per_element());
    BOOST_TEST(texts({rule(true, "c", 10, 229), rule(false, "a"), rule(true, "b", 8, 0, "mr")}) ==
                   before_base({"+b 8:0 rm"}),
               boost::test_tools::per_element());
    // denying less than everything is a rule like any other
    BOOST_TEST(texts({rule(true, "c", 10, 229), rule(false, "a", -1, -1, "w")}) ==
                   with_base({"+c 10:229 rwm", "-a *:* w"}),
               boost::test_tools::per_element());
    BOOST_TEST(texts({rule(true, "a")}) == before_base({"+a"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wrong_rules_are_refused) {
    const auto refusal = [](const DeviceRule& wrong) {
        try {
            device_rules({rule(true), wrong});
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    BOOST_TEST(refusal(rule(true, "p")) ==
               "config.json: /linux/resources/devices/1/type: \"p\" is not a, b or c");
    BOOST_TEST(refusal(rule(true, "c", 1, 1, "rx")) ==
               "config.json: /linux/resources/devices/1/access: \"rx\" is not made of r, w and m");
}

BOOST_AUTO_TEST_CASE(program) {
    const struct {
        std::vector<DeviceRule> rules;
        char type;
        unsigned major, minor;
        const char* access;
        bool expected;
    } cases[] = {
        {{}, 'c', 1, 3, "rw", true},
        {{}, 'c', 1, 3, "rwm", true},
        {{}, 'b', 1, 3, "r", false},
        {{}, 'c', 1, 4, "r", false},
        {{}, 'c', 1, 4, "m", true},
        {{}, 'b', 8, 0, "m", true},
        {{}, 'b', 8, 0, "rm", false},  // allowed in part
        {{}, 'c', 136, 77, "rw", true},
        {{rule(true, "b", 8, 0, "r")}, 'b', 8, 0, "r", true},
        {{rule(true, "b", 8, 0, "r")}, 'b', 8, 0, "w", false},
        {{rule(true, "b", 8, 0, "r")}, 'b', 8, 0, "rw", false},
        {{rule(true, "b", 8, 0, "r")}, 'b', 8, 1, "r", false},
        {{rule(true, "b", 8, 0, "r")}, 'b', 8, 0, "rm", true},  // two rules together
        {{rule(true, "b", 8, -1)}, 'b', 8, 1, "rwm", true},
        {{rule(true, "b", -1, 1)}, 'b', 9, 1, "rw", true},
        {{rule(true, "b", -1, 1)}, 'b', 9, 2, "rw", false},
        {{rule(true, "a")}, 'b', 9, 2, "rwm", true},
        {{rule(true, "a"), rule(false, "b", 8, 0, "w")}, 'b', 8, 0, "r", true},
        {{rule(true, "a"), rule(false, "b", 8, 0, "w")}, 'b', 8, 0, "rw", false},
        {{rule(true, "a"), rule(false, "b", 8, 0, "w")}, 'c', 8, 0, "rw", true},
        {{rule(false, "b", 8, 0, "w"), rule(true, "a")}, 'b', 8, 0, "rw", true},
        {{rule(true, "a"), rule(false)}, 'b', 8, 0, "r", false},
        {{rule(true, "a"), rule(false)}, 'c', 1, 3, "rw", true},
        {{rule(false, "c", 1, 3)}, 'c', 1, 3, "r", false},
        {{rule(false, "c", -1, -1, "m")}, 'c', 1, 3, "m", false},
        {{rule(false, "c", -1, -1, "m")}, 'c', 1, 3, "r", true},
        {{rule(true, "b", 1 << 19, 0)}, 'b', 1 << 19, 0, "r", true},
    };
    for (std::size_t i = 0; i < std::size(cases); ++i)
        BOOST_TEST_CONTEXT("case " << i) {
            const auto& c = cases[i];
            const auto made = device_program(device_rules(c.rules));
            BOOST_TEST(allowed(made, c.type, c.major, c.minor, c.access) == c.expected);
        }
}

BOOST_AUTO_TEST_CASE(no_rule_denies) {
    BOOST_TEST(!allowed(device_program({}), 'c', 1, 3, "r"));
    BOOST_TEST(!allowed(device_program({}), 'b', 0, 0, "m"));
}

BOOST_AUTO_TEST_SUITE_END()
