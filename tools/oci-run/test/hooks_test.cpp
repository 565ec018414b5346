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

std::string failure(const spec::Hook& hook, std::string* hint = nullptr) {
    try {
        run_hook(hook, "{}", "/hooks/prestart/0");
        return "";
    } catch (const Error& error) {
        if (hint)
            *hint = error.hint();
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
    std::string hint;
    BOOST_TEST(failure(shell("exit 0")) == "");
    BOOST_TEST(failure(shell("echo why >&2; exit 7"), &hint) ==
               "config.json: /hooks/prestart/0: hook /bin/sh: exit status 7");
    BOOST_TEST(hint == "it printed: why");
    BOOST_TEST(failure(shell("kill -9 $$")) ==
               "config.json: /hooks/prestart/0: hook /bin/sh: exit status 137");
    spec::Hook missing;
    missing.path = "/no/such/hook";
    BOOST_TEST(failure(missing) ==
               "config.json: /hooks/prestart/0: hook /no/such/hook: execute: no such file or directory");
    // a hook that doesn't read its input, and one that prints more than a pipe holds
    BOOST_TEST(failure(shell("exec 0<&-")) == "");
    BOOST_TEST(failure(shell("head -c 300000 /dev/zero")) == "");
}

BOOST_AUTO_TEST_CASE(a_timeout_ends_the_whole_group) {
    const test::TempDir directory;
    const std::string file = directory.path("pid");
    spec::Hook hook = shell("sleep 60 & echo $! > " + file + "; wait");
    hook.timeout = 1;
    const auto begin = std::chrono::steady_clock::now();
    BOOST_TEST(failure(hook) ==
               "config.json: /hooks/prestart/0: hook /bin/sh: still running after its timeout of 1 s");
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
    BOOST_CHECK_THROW(run_hooks({shell("exit 1"), shell("echo third > " + file)}, {}, "prestart"), Error);
    BOOST_TEST(content(file) == "second\n");
}

BOOST_AUTO_TEST_SUITE_END()
