// Hooks as processes: what they get, and what becomes of their end. Real ones, of /bin/sh.
#include "hooks.hpp"

#include <chrono>
#include <fstream>
#include <signal.h>
#include <sstream>
#include <stdlib.h>
#include <string>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

#include "support/temp_dir.hpp"

namespace {

using namespace ocikit;
using namespace ocikit::run;

spec::Hook shell(const std::string& command) {
    spec::Hook hook;
    hook.path = "/bin/sh";
    hook.args = {"sh", "-c", command};
    return hook;
}

std::string failure(const spec::Hook& hook) {
    try {
        run_hook(hook, "{}", "/hooks/prestart/0");
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hooks_test)

BOOST_AUTO_TEST_CASE(a_hook_gets_the_state_its_environment_and_nothing_else) {
    const test::TempDir directory;
    const std::string file = directory.path("out");
    ::setenv("OCIKIT_OF_THE_COMMAND", "1", 1);
    const int leaked = ::dup(0);  // not close-on-exec
    spec::Hook hook =
        shell("{ cat; echo; env | grep -v -e PWD -e SHLVL -e _=; ls /proc/self/fd | wc -l; } > " + file);
    hook.env = {"A=1", "PATH=/usr/bin:/bin"};
    run_hook(hook, R"({"id":"x"})", "/hooks/prestart/0");
    ::close(leaked);
    ::unsetenv("OCIKIT_OF_THE_COMMAND");
    const std::string out = content(file);
    BOOST_TEST(out.starts_with("{\"id\":\"x\"}\n"));
    BOOST_TEST(out.find("A=1\n") != std::string::npos);
    BOOST_TEST(out.find("OCIKIT_OF_THE_COMMAND") == std::string::npos);
    BOOST_TEST(out.ends_with("\n4\n"), out);  // 0, 1, 2 and the directory that ls reads
}

BOOST_AUTO_TEST_CASE(failures_tell_how_the_hook_ended) {
    const struct {
        const char* command;
        const char* why;  // "": it hasn't failed
    } cases[] = {
        {"exit 0", ""},
        {"exit 7", "failed with exit code 7"},
        {"exit 137", "failed with exit code 137"},
        {"kill -9 $$", "was killed by signal 9 (SIGKILL)"},
        {"echo why >&2; exit 7", "failed with exit code 7; it printed: why"},
        {"echo one; echo; echo two >&2; exit 1", "failed with exit code 1; it printed: one | two"},
        {"for i in a b c d e f g h i j k l; do echo $i; done; exit 1",
         "failed with exit code 1; it printed: c | d | e | f | g | h | i | j | k | l"},
        {"echo done; exec >&- 2>&-; sleep 0.1; exit 3", "failed with exit code 3; it printed: done"},
        // a hook that doesn't read its input, one that prints more than a pipe holds, and one
        // that leaves somebody behind who doesn't stop printing
        {"exec 0<&-", ""},
        {"head -c 300000 /dev/zero", ""},
        {"timeout 20 yes & exit 0", ""},
    };
    const auto begin = std::chrono::steady_clock::now();
    for (const auto& one : cases) {
        const std::string why = one.why;
        BOOST_TEST(failure(shell(one.command)) ==
                       (why.empty() ? "" : "config.json: /hooks/prestart/0: /bin/sh: prestart hook " + why),
                   one.command);
    }
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(15)));
    spec::Hook missing;
    missing.path = "/no/such/hook";
    BOOST_TEST(failure(missing) ==
               "config.json: /hooks/prestart/0: /no/such/hook: prestart hook can't be executed: no such file or directory");
}

BOOST_AUTO_TEST_CASE(hooks_run_in_the_bundle) {
    const test::TempDir directory;
    spec::State state;
    state.bundle = directory.path();
    run_hooks({shell("echo here > hook")}, state, "createRuntime", {});
    BOOST_TEST(content(directory.path("hook")) == "here\n");
    state.bundle = directory.path("removed");
    run_hooks({shell("exit 0")}, state, "poststop", {});
}

BOOST_AUTO_TEST_CASE(a_timeout_ends_who_prints_all_the_time) {
    spec::Hook hook = shell("exec timeout 20 yes");
    hook.timeout = 1;
    const auto begin = std::chrono::steady_clock::now();
    BOOST_TEST(failure(hook) ==
               "config.json: /hooks/prestart/0: /bin/sh: prestart hook was still running after its timeout of 1 s; "
               "it printed: y | y | y | y | y | y | y | y | y | y");
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(15)));
}

BOOST_AUTO_TEST_CASE(a_timeout_ends_the_whole_group) {
    const test::TempDir directory;
    const std::string file = directory.path("pid");
    spec::Hook hook = shell("sleep 60 & echo $! > " + file + "; wait");
    hook.timeout = 1;
    const auto begin = std::chrono::steady_clock::now();
    BOOST_TEST(failure(hook) ==
               "config.json: /hooks/prestart/0: /bin/sh: prestart hook was still running after its timeout of 1 s");
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)));
    const pid_t sleeper = static_cast<pid_t>(std::stol(content(file)));
    for (int tries = 0; tries < 500 && ::kill(sleeper, 0) == 0; ++tries) {
        // reaped by whoever adopted it, which takes a moment; a zombie is dead enough
        if (content("/proc/" + std::to_string(sleeper) + "/stat").find(") Z ") != std::string::npos)
            break;
        ::usleep(10000);
    }
    const std::string stat = content("/proc/" + std::to_string(sleeper) + "/stat");
    BOOST_TEST((stat.empty() || stat.find(") Z ") != std::string::npos), stat);
}

BOOST_AUTO_TEST_CASE(poststop_hooks_all_run) {
    const test::TempDir directory;
    const std::string file = directory.path("out");
    std::vector<std::string> warnings;
    run_hooks_to_the_end({shell("exit 1"), shell("echo second > " + file)}, {}, "poststop", warnings);
    BOOST_TEST(warnings.size() == 1u);
    BOOST_TEST(content(file) == "second\n");
    BOOST_CHECK_THROW(run_hooks({shell("exit 1"), shell("echo third > " + file)}, {}, "prestart", {}), Error);
    BOOST_TEST(content(file) == "second\n");
}

BOOST_AUTO_TEST_SUITE_END()
