// Seccomp profiles: compiled, loaded, and asked by real system calls.
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

#include "seccomp/filter.hpp"
#include "support/skip.hpp"

namespace {

using namespace ocikit;
using namespace ocikit::run;

spec::Seccomp profile(const std::string& text) {
    const Document document =
        Document::parse(R"({"ociVersion": "1.3.0", "linux": {"seccomp": )" + text + "}}", "profile");
    Diagnostics diagnostics = document.diagnostics();
    const auto config = decode_config(document, diagnostics);
    BOOST_REQUIRE_MESSAGE(config, text);
    return *config->linux->seccomp;
}

constexpr int killed = 1000;  // by SIGSYS

// What a call gives in a child under the profile: 0, its errno, or killed.
int under(const SeccompFilter& filter, const std::function<long()>& call) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        try {
            load_seccomp(filter);
        } catch (const Error&) {
            ::_exit(255);
        }
        const long result = call();
        ::_exit(result < 0 ? errno : 0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSYS ? killed : -WTERMSIG(status);
    return WEXITSTATUS(status);
}

int under(const std::string& text, const std::function<long()>& call) {
    return under(compile_seccomp(profile(text)), call);
}

std::string rule(const std::string& comparison) {
    return R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["lseek"],
               "action": "SCMP_ACT_ERRNO", "errnoRet": 71, "args": [)" +
           comparison + "]}]}";
}

// lseek(2) on a descriptor that can't be: EBADF where the filter lets it through.
std::function<long()> seek(off_t offset) {
    return [offset] { return ::syscall(SYS_lseek, 999, offset, SEEK_SET); };
}

std::string refusal(const std::string& text) {
    try {
        compile_seccomp(profile(text));
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(seccomp_test)

BOOST_AUTO_TEST_CASE(actions) {
    const auto get_parent = [] { return ::syscall(SYS_getppid); };
    const struct {
        const char* action;
        int outcome;
    } rows[] = {
        {R"("action": "SCMP_ACT_ERRNO")", EPERM},
        {R"("action": "SCMP_ACT_ERRNO", "errnoRet": 71)", 71},
        {R"("action": "SCMP_ACT_ERRNO", "errnoRet": 0)", 0},
        {R"("action": "SCMP_ACT_KILL")", killed},
        {R"("action": "SCMP_ACT_KILL_THREAD")", killed},
        {R"("action": "SCMP_ACT_KILL_PROCESS")", killed},
        {R"("action": "SCMP_ACT_TRAP")", killed},
        {R"("action": "SCMP_ACT_TRACE")", ENOSYS},  // nobody traces
        {R"("action": "SCMP_ACT_LOG")", 0},
        {R"("action": "SCMP_ACT_ALLOW")", 0},
    };
    for (const auto& row : rows)
        BOOST_TEST(
            under(std::string(R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getppid"], )") +
                      row.action + "}]}",
                  get_parent) == row.outcome,
            row.action);
}

BOOST_AUTO_TEST_CASE(comparisons_of_arguments) {
    const struct {
        const char* comparison;
        off_t offset;
        bool matches;
    } rows[] = {
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_EQ"})", 5, true},
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_EQ"})", 6, false},
        {R"({"index": 1, "value": 4294967301, "op": "SCMP_CMP_EQ"})", 5, false},
        {R"({"index": 1, "value": 4294967301, "op": "SCMP_CMP_EQ"})", 4294967301, true},
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_NE"})", 6, true},
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_NE"})", 5, false},
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_LT"})", 4, true},
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_LT"})", 5, false},
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_LE"})", 5, true},
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_GT"})", 4294967296, true},
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_GT"})", 5, false},
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_GE"})", 5, true},
        {R"({"index": 1, "value": 12, "valueTwo": 4, "op": "SCMP_CMP_MASKED_EQ"})", 5, true},
        {R"({"index": 1, "value": 12, "valueTwo": 4, "op": "SCMP_CMP_MASKED_EQ"})", 8, false},
        // of different arguments: all; of the same one: any
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_EQ"}, {"index": 2, "value": 0, "op": "SCMP_CMP_EQ"})", 5,
         true},
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_EQ"}, {"index": 2, "value": 1, "op": "SCMP_CMP_EQ"})", 5,
         false},
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 7, "op": "SCMP_CMP_EQ"})", 7,
         true},
        {R"({"index": 1, "value": 5, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 7, "op": "SCMP_CMP_EQ"})", 6,
         false},
    };
    for (const auto& row : rows)
        BOOST_TEST(under(rule(row.comparison), seek(row.offset)) == (row.matches ? 71 : EBADF),
                   row.comparison << " and " << row.offset);
}

BOOST_AUTO_TEST_CASE(calls_newer_than_the_profile_are_unknown) {
#ifdef __SANITIZE_ADDRESS__
    return ocikit::test::skip("a sanitizer's run-time library makes calls that the profile denies");
#endif
    const std::string allowed = R"("syscalls": [{"names": ["exit_group", "seccomp", "write", "no_such_call"],
                                                 "action": "SCMP_ACT_ALLOW"}]})";
    const auto newer = [] { return ::syscall(1023); };
    const auto older = [] { return ::syscall(SYS_getppid); };
    const struct {
        const char* head;
        int newer, older;
    } rows[] = {
        {R"({"defaultAction": "SCMP_ACT_ERRNO", )", ENOSYS, EPERM},
        {R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 13, )", ENOSYS, 13},
        {R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, )", ENOSYS, ENOSYS},
        {R"({"defaultAction": "SCMP_ACT_KILL_PROCESS", )", ENOSYS, killed},
        {R"({"defaultAction": "SCMP_ACT_LOG", )", ENOSYS, 0},
    };
    for (const auto& row : rows) {
        BOOST_TEST(under(row.head + allowed, newer) == row.newer, row.head);
        BOOST_TEST(under(row.head + allowed, older) == row.older, row.head);
    }
}

BOOST_AUTO_TEST_CASE(flags_and_architectures) {
    const SeccompFilter filter =
        compile_seccomp(profile(R"({"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG",
                 "SECCOMP_FILTER_FLAG_SPEC_ALLOW"], "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86",
                 "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64"]})"));
    BOOST_TEST(filter.flags == 6u);
    BOOST_TEST(under(filter, [] { return 0L; }) == 0);
    const struct {
        const char* members;
        unsigned flags;
    } rows[] = {
        {R"("flags": ["SECCOMP_FILTER_FLAG_TSYNC"])", 1},
        // a listener is one more (8); with TSYNC the kernel wants ESRCH from it (16)
        {R"("listenerPath": "/s", "flags": ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
            "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}])",
         1 + 8 + 16 + 32},
        {R"("listenerPath": "/s", "listenerMetadata": "ignored")", 0},
    };
    for (const auto& row : rows)
        BOOST_TEST(compile_seccomp(
                       profile(std::string(R"({"defaultAction": "SCMP_ACT_ALLOW", )") + row.members + "}"))
                           .flags == row.flags,
                   row.members);
}

BOOST_AUTO_TEST_CASE(what_can_not_be_done_is_refused) {
    const struct {
        const char* profile;
        const char* message;
    } rows[] = {
        {R"({"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1})",
         "/linux/seccomp/defaultErrnoRet: SCMP_ACT_ALLOW has no errno to return"},
        {R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_KILL",
             "errnoRet": 1}]})",
         "/linux/seccomp/syscalls/0/errnoRet: SCMP_ACT_KILL has no errno to return"},
        {R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO",
             "args": [{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}]}]})",
         "/linux/seccomp/syscalls/0/args/0/index: 6 is above 5"},
        {R"({"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/s"})",
         "/linux/seccomp/defaultAction: SCMP_ACT_NOTIFY can't be the default: oci-run's own calls would wait "
         "for the listener"},
        {R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_NOTIFY"}]})",
         "/linux/seccomp/listenerPath: missing: SCMP_ACT_NOTIFY needs a listener"},
        {R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "s",
             "syscalls": [{"names": ["read"], "action": "SCMP_ACT_NOTIFY"}]})",
         "/linux/seccomp/listenerPath: \"s\" is not absolute"},
        {R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/s",
             "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_NOTIFY"}]})",
         "/linux/seccomp/syscalls/0/names/1: SCMP_ACT_NOTIFY can't be for write: oci-run needs it to tell of "
         "the "
         "file to listen at"},
        {R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "m"})",
         "/linux/seccomp/listenerMetadata: needs a listenerPath"},
        {R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [], "action": "SCMP_ACT_KILL"}]})",
         "/linux/seccomp/syscalls/0/names: empty: a rule is for a system call at least"},
        {R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 65536})",
         "/linux/seccomp/defaultErrnoRet: 65536 is above 65535"},
        {R"({"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]})",
         "/linux/seccomp/flags/0: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs a rule with SCMP_ACT_NOTIFY"},
    };
    for (const auto& row : rows)
        BOOST_TEST(refusal(row.profile) == std::string("config.json: ") + row.message);
}

BOOST_AUTO_TEST_SUITE_END()
