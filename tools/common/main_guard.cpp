#include "common/main_guard.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <new>
#include <poll.h>
#include <system_error>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "common/output.hpp"

namespace ocikit::cli {

namespace {

void occupy_standard_descriptors() {
    pollfd descriptors[] = {{STDIN_FILENO, 0, 0}, {STDOUT_FILENO, 0, 0}, {STDERR_FILENO, 0, 0}};
    if (::poll(descriptors, std::size(descriptors), 0) <= 0)
        return;
    for (const pollfd& descriptor : descriptors) {
        if ((descriptor.revents & POLLNVAL) == 0)
            continue;
        // the wrong way round: reading or writing it is EBADF still. It is the
        // lowest free descriptor, as those below it have been occupied.
        const int mode = descriptor.fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (::open("/dev/null", mode) != descriptor.fd)  // NOLINT: inherited like any standard descriptor
            throw Error::last("open", "/dev/null");
    }
}

[[noreturn]] void die_by_sigpipe() {
    ::signal(SIGPIPE, SIG_DFL);
    ::raise(SIGPIPE);
    std::_Exit(128 + SIGPIPE);  // where it is blocked
}

// failure: set to the exit status of an Error, if the command has one of its own.
int run(const Tool& tool, int argc, const char* const* argv, const std::function<int(const Arguments&)>& body,
        int& failure) {
    occupy_standard_descriptors();
    const std::size_t count = argc > 0 ? static_cast<std::size_t>(argc - 1) : 0;
    const Parsed parsed = parse(tool, std::span(argv + (argc > 0 ? 1 : 0), count));
    if (parsed.print.empty()) {
        failure = parsed.arguments.command->failure;
        return body(parsed.arguments);
    }
    print(parsed.print);
    return EXIT_SUCCESS;
}

}  // namespace

int run_tool(const Tool& tool, int argc, const char* const* argv,
             const std::function<int(const Arguments&)>& body, const Conduct& conduct) {
    if (conduct.unwind_on_sigpipe)
        ::signal(SIGPIPE, SIG_IGN);
    int failure = 0;
    try {
        return run(tool, argc, argv, body, failure);
    } catch (const UsageError& error) {
        complain(tool.name, error.what(), "see '" + std::string(tool.name) + " --help'");
        return failure != 0 ? failure : conduct.usage;
    } catch (const Error& error) {
        if (conduct.unwind_on_sigpipe && error.code() == EPIPE)
            die_by_sigpipe();
        complain(tool.name, error.what(), error.hint());
        if (failure != 0)
            return failure;
        return error.code() != 0 ? conduct.system : conduct.failure;
    } catch (const std::bad_alloc&) {
        complain(tool.name, "out of memory");
        return failure != 0 ? failure : conduct.system;
    } catch (const std::exception& error) {
        complain(tool.name, error.what());
        return conduct.failure;
    }
}

}  // namespace ocikit::cli
