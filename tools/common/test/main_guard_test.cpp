#include "common/main_guard.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <new>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

#include "common/output.hpp"
#include "common/test/sample_tool.hpp"

namespace cli = ocikit::cli;
using ocikit::Error;

namespace {

struct Outcome {
    int status = 0;  // of wait(2)
    std::string errors;
};

// Runs main in a child, its standard error caught.
Outcome in_child(const std::function<int()>& main) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        ::_exit(main());
    }
    ::close(ends[1]);
    Outcome outcome;
    char buffer[4096];
    for (ssize_t size; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;)
        outcome.errors.append(buffer, static_cast<std::size_t>(size));
    ::close(ends[0]);
    BOOST_REQUIRE(::waitpid(child, &outcome.status, 0) == child);
    return outcome;
}

using Body = std::function<int(const cli::Arguments&)>;

int run(const std::vector<const char*>& words, const Body& body) {
    std::vector<const char*> argv{"oci-sample"};
    argv.insert(argv.end(), words.begin(), words.end());
    return cli::run_tool(cli::test::tool, static_cast<int>(argv.size()), argv.data(), body,
                         {.usage = 12, .failure = 11, .system = 13});
}

int print_much(const cli::Arguments&) {
    const std::string text(1u << 20, 'x');
    cli::print(text);
    return 0;
}

void replace(int fd, const char* path) {
    const int opened = ::open(path, O_WRONLY);
    ::dup2(opened, fd);
    ::close(opened);
}

}  // namespace

BOOST_AUTO_TEST_CASE(exit_status_and_message) {
    const struct {
        std::vector<const char*> words;
        Body body;
        int status;
        std::string errors;
    } cases[] = {
        {{"run", "web"}, [](const auto&) { return 42; }, 42, ""},
        {{"run"},
         [](const auto&) { return 0; },
         12,
         "oci-sample: too few arguments: expected ID\n  see 'oci-sample --help'\n"},
        {{"run", "web"},
         [](const auto&) -> int { throw Error("odd", "make it even"); },
         11,
         "oci-sample: odd\n  make it even\n"},
        {{"run", "web"},
         [](const auto&) -> int {
             throw Error({.operation = "open", .object = "/x\n\x1b[2J", .code = ENOENT});
         },
         13,
         "oci-sample: /x\\x0a\\x1b[2J: open: no such file or directory\n"},
        {{"run", "web"},
         [](const auto&) -> int { throw std::bad_alloc(); },
         13,
         "oci-sample: out of memory\n"},
        {{"run", "web"}, [](const auto&) -> int { throw std::logic_error("bug"); }, 11, "oci-sample: bug\n"},
    };
    for (const auto& [words, body, status, errors] : cases) {
        const Outcome outcome = in_child([&] { return run(words, body); });
        BOOST_TEST(WIFEXITED(outcome.status));
        BOOST_TEST(WEXITSTATUS(outcome.status) == status);
        BOOST_TEST(outcome.errors == errors);
    }
}

BOOST_AUTO_TEST_CASE(full_standard_output_is_an_error) {
    for (const char* word : {"--help", "--version"}) {
        const Outcome outcome = in_child([&] {
            replace(STDOUT_FILENO, "/dev/full");
            return run({word}, print_much);
        });
        BOOST_TEST(WEXITSTATUS(outcome.status) == 13);
        BOOST_TEST(outcome.errors == "oci-sample: standard output: write: no space left on device\n");
    }
}

BOOST_AUTO_TEST_CASE(closed_standard_output_is_an_error_and_taken_by_no_file) {
    const Outcome outcome = in_child([] {
        ::close(STDIN_FILENO);
        ::close(STDOUT_FILENO);
        return run({"run", "web"}, [](const auto& arguments) {
            const int file = ::open("/dev/zero", O_RDWR);
            if (file <= STDERR_FILENO)
                return 99;
            return print_much(arguments);
        });
    });
    BOOST_TEST(WEXITSTATUS(outcome.status) == 13);
    BOOST_TEST(outcome.errors == "oci-sample: standard output: write: bad file descriptor\n");
}

BOOST_AUTO_TEST_CASE(a_reader_that_has_gone_ends_the_tool_by_sigpipe_after_its_clean_up) {
    const Outcome outcome = in_child([] {
        int ends[2];
        if (::pipe(ends) != 0)
            return 98;
        ::close(ends[0]);
        ::dup2(ends[1], STDOUT_FILENO);
        return run({"run", "web"}, [](const auto& arguments) {
            struct CleanUp {
                ~CleanUp() { cli::complain("test", "cleaned up"); }
            } clean_up;
            return print_much(arguments);
        });
    });
    BOOST_TEST(WIFSIGNALED(outcome.status));
    BOOST_TEST(WTERMSIG(outcome.status) == SIGPIPE);
    BOOST_TEST(outcome.errors == "test: cleaned up\n");
}
