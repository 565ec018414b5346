// Our own filters against libseccomp's: the same answer for every system call, with
// arguments on both sides of every comparison.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <random>
#include <string>

#include <boost/test/unit_test.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/document.hpp>

#include "seccomp/emit.hpp"

namespace {

using namespace ocikit;
using namespace ocikit::run;

spec::Seccomp parse(const std::string& text) {
    const Document document =
        Document::parse(R"({"ociVersion": "1.3.0", "linux": {"seccomp": )" + text + "}}", "profile");
    Diagnostics diagnostics = document.diagnostics();
    const auto config = decode_config(document, diagnostics);
    BOOST_REQUIRE_MESSAGE(config, text);
    return *config->linux->seccomp;
}

// What the kernel makes of a program; just the instructions that filters have.
std::uint32_t interpret(const std::vector<sock_filter>& program, const seccomp_data& data) {
    std::uint32_t accumulator = 0;
    for (std::size_t at = 0; at < program.size(); ++at) {
        const sock_filter& one = program[at];
        const auto branch = [&](bool condition) { at += condition ? one.jt : one.jf; };
        switch (one.code) {
            case BPF_LD | BPF_W | BPF_ABS:
                std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + one.k, sizeof accumulator);
                break;
            case BPF_ALU | BPF_AND | BPF_K:
                accumulator &= one.k;
                break;
            case BPF_JMP | BPF_JA:
                at += one.k;
                break;
            case BPF_JMP | BPF_JEQ | BPF_K:
                branch(accumulator == one.k);
                break;
            case BPF_JMP | BPF_JGE | BPF_K:
                branch(accumulator >= one.k);
                break;
            case BPF_JMP | BPF_JGT | BPF_K:
                branch(accumulator > one.k);
                break;
            case BPF_RET | BPF_K:
                return one.k;
            default:
                BOOST_FAIL("instruction " << one.code);
        }
    }
    BOOST_FAIL("the program has no end");
    return 0;
}

constexpr std::uint32_t audit_names[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64,
                                         AUDIT_ARCH_ARM, AUDIT_ARCH_S390X};

// Calls of all kinds, with arguments that decide.
template <class Check>
void for_each_call(const std::vector<std::uint64_t>& values, Check check) {
    std::vector<std::uint32_t> numbers{0x3fffffff, 0x7fffffff, 0x80000000, 0xfffffffe,
                                       0xffffffff, 0x0f0001,   0x0f0002,   0x0f0005};
    for (std::uint32_t i = 0; i < 1100; ++i) {
        numbers.push_back(i);
        if (i < 600)
            numbers.push_back(0x40000000 + i);
    }
    for (const auto name : audit_names)
        for (const auto number : numbers) {
            seccomp_data data{};
            data.nr = static_cast<int>(number);
            data.arch = name;
            for (const auto value : values) {
                for (auto& argument : data.args)
                    argument = value;
                check(data);
                data.args[0] = 1;  // socketcall and ipc have the call there
                check(data);
                data.args[0] = value;
                data.args[1] = ~value;
                check(data);
            }
        }
}

void compare(const std::string& text, const std::vector<std::uint64_t>& values) {
    const spec::Seccomp seccomp = parse(text);
    const Profile profile = check_profile(seccomp);
    const auto own = emit_filter(profile);
    BOOST_REQUIRE_MESSAGE(own, text);
    const auto theirs = compile_by_libseccomp(profile);
    int differences = 0;
    for_each_call(values, [&](const seccomp_data& data) {
        const std::uint32_t answer = interpret(*own, data), expected = interpret(theirs, data);
        if (answer != expected && ++differences <= 5)
            BOOST_ERROR(text << ": call " << data.nr << " of " << std::hex << data.arch << " with "
                             << data.args[0] << ", " << data.args[1] << ": " << answer << " instead of "
                             << expected);
    });
    BOOST_TEST(differences == 0, text);
}

constexpr const char* all_architectures =
    R"("architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64",
                         "SCMP_ARCH_ARM"])";

std::string rule(const std::string& names, const std::string& action, const std::string& args = "") {
    return R"({"names": [)" + names + R"(], "action": ")" + action + R"(", "args": [)" + args + "]}";
}

std::string condition(unsigned index, const std::string& op, std::uint64_t value, std::uint64_t second = 0) {
    return R"({"index": )" + std::to_string(index) + R"(, "op": "SCMP_CMP_)" + op + R"(", "value": )" +
           std::to_string(value) + R"(, "valueTwo": )" + std::to_string(second) + "}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(seccomp_emit_test)

BOOST_AUTO_TEST_CASE(profiles_without_conditions) {
    const std::string calls =
        R"("read", "write", "openat", "socket", "bind", "semget", "msgrcv", "socketcall",
                                 "clone3", "cacheflush", "arch_prctl", "no_such_call", "setuid32", "sendto")";
    for (const char* const head :
         {R"({"defaultAction": "SCMP_ACT_ERRNO", )",
          R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, )",
          R"({"defaultAction": "SCMP_ACT_KILL_PROCESS", )", R"({"defaultAction": "SCMP_ACT_LOG", )"})
        for (const std::string& architectures :
             {std::string(all_architectures), std::string(R"("architectures": ["SCMP_ARCH_X32"])"),
              std::string(R"("architectures": [])"), std::string(R"("architectures": ["SCMP_ARCH_X86"])")})
            compare(head + architectures + R"(, "syscalls": [)" + rule(calls, "SCMP_ACT_ALLOW") + "," +
                        rule(R"("getppid", "read", "shmat")", "SCMP_ACT_TRAP") + "]}",
                    {0, 1, 5});
}

BOOST_AUTO_TEST_CASE(every_operator_at_its_boundaries) {
    for (const char* const name : {"EQ", "NE", "LT", "LE", "GT", "GE"}) {
        const std::string op = name;
        for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{5}, std::uint64_t{0xffffffff},
                                          std::uint64_t{0x100000000}, std::uint64_t{0x500000005}, UINT64_MAX})
            compare(R"({"defaultAction": "SCMP_ACT_ALLOW", )" + std::string(all_architectures) +
                        R"(, "syscalls": [)" +
                        rule(R"("lseek", "socket", "personality")", "SCMP_ACT_ERRNO",
                             condition(op == "EQ" ? 1 : 0, op, value)) +
                        "]}",
                    {0, 1, 4, 5, 6, 0xfffffffe, 0xffffffff, 0x100000000, 0x100000001, 0x4ffffffff,
                     0x500000004, 0x500000005, 0x500000006, 0x500000005ULL << 3, UINT64_MAX - 1, UINT64_MAX,
                     value - 1, value, value + 1});
    }
}

BOOST_AUTO_TEST_CASE(masks) {
    const std::pair<std::uint64_t, std::uint64_t> samples[] = {
        {12, 4}, {0, 0}, {0x7e020000, 0}, {0xff00000000, 0x500000000}, {0xff000000ff, 0x500000005}, {12, 7}};
    for (const auto& [mask, value] : samples)
        compare(R"({"defaultAction": "SCMP_ACT_ERRNO", )" + std::string(all_architectures) +
                    R"(, "syscalls": [)" +
                    rule(R"("clone", "ioctl")", "SCMP_ACT_ALLOW", condition(0, "MASKED_EQ", mask, value)) +
                    "]}",
                {0, 1, 4, 5, 7, 8, 12, 0x500000000, 0x500000005, 0x600000005, 0x7e020000, UINT64_MAX});
}

BOOST_AUTO_TEST_CASE(several_rules_for_one_call) {
    const std::string rows[] = {
        rule(R"("personality")", "SCMP_ACT_ALLOW", condition(0, "EQ", 0)) + "," +
            rule(R"("personality")", "SCMP_ACT_ALLOW", condition(0, "EQ", 8)) + "," +
            rule(R"("personality")", "SCMP_ACT_ALLOW", condition(0, "EQ", 0xffffffff)),
        rule(R"("socket")", "SCMP_ACT_ALLOW", condition(0, "EQ", 1) + "," + condition(0, "EQ", 8)),
        rule(R"("fcntl")", "SCMP_ACT_ALLOW", condition(0, "EQ", 5) + "," + condition(1, "LT", 8)),
        rule(R"("fcntl")", "SCMP_ACT_ALLOW", condition(0, "EQ", 5)) + "," +
            rule(R"("fcntl")", "SCMP_ACT_LOG"),
        rule(R"("fcntl")", "SCMP_ACT_LOG") + "," +
            rule(R"("fcntl")", "SCMP_ACT_ALLOW", condition(0, "EQ", 5)) + "," +
            rule(R"("fcntl")", "SCMP_ACT_TRAP"),
    };
    for (const auto& row : rows)
        compare(R"({"defaultAction": "SCMP_ACT_ERRNO", )" + std::string(all_architectures) +
                    R"(, "syscalls": [)" + row + "," +
                    rule(R"("read", "openat2", "pidfd_send_signal")", "SCMP_ACT_ALLOW") + "]}",
                {0, 1, 5, 7, 8, 9, 0xffffffff, 0x100000005, UINT64_MAX});
}

// As large as those of engines, of calls and values drawn by lot.
BOOST_AUTO_TEST_CASE(large_profiles) {
    std::mt19937 draw(7);
    for (int round = 0; round < 6; ++round) {
        std::string rules;
        for (int number = 0; number < 450; ++number) {
            char* const name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, number);
            if (!name || draw() % 5 == 0)
                continue;
            static constexpr const char* ops[] = {"EQ", "NE", "LT", "LE", "GT", "GE"};
            rules +=
                (rules.empty() ? "" : ",") +
                rule("\"" + std::string(name) + "\"", draw() % 9 == 0 ? "SCMP_ACT_TRAP" : "SCMP_ACT_ALLOW",
                     draw() % 4 == 0 ? condition(draw() % 2, ops[draw() % 6], draw() % 4) : "");
            std::free(name);
        }
        compare(R"({"defaultAction": "SCMP_ACT_ERRNO", )" + std::string(all_architectures) +
                    R"(, "syscalls": [)" + rules + "]}",
                {0, 1, 2, 3, 4, 0x100000001});
    }
}

BOOST_AUTO_TEST_CASE(what_is_left_to_libseccomp) {
    for (const std::string& profile :
         {std::string(R"({"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_S390X"]})"),
          R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)" +
              rule(R"("fcntl")", "SCMP_ACT_ALLOW", condition(0, "EQ", 5)) + "," +
              rule(R"("fcntl")", "SCMP_ACT_TRAP", condition(1, "EQ", 5)) + "]}"}) {
        const spec::Seccomp seccomp = parse(profile);
        BOOST_TEST(!emit_filter(check_profile(seccomp)).has_value(), profile);
    }
}

BOOST_AUTO_TEST_SUITE_END()
