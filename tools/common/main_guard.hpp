// The frame of every tool's main: command line, errors, exit status.
#pragma once

#include <functional>

#include "common/command_line.hpp"

namespace ocikit::cli {

struct Conduct {
    int usage = 2;    // exit status of a command line that can't be taken
    int failure = 1;  // of an Error without errno: something is wrong with what was given
    int system = 2;   // of an Error with errno, and of running out of memory
    // SIGPIPE is ignored while the tool runs, so that it can clean up; it dies by it
    // afterwards, as filters do. Not for a program whose children inherit signals.
    bool unwind_on_sigpipe = true;
};

// Parses the command line, prints --help or --version or runs body, and returns
// the exit status: the body's, or one of conduct for what was thrown, which is
// reported on standard error as `TOOL: message` with its hint.
//
// Standard descriptors that are closed are occupied first, so that no file which
// the tool opens becomes its standard output; using them fails as before.
int run_tool(const Tool& tool, int argc, const char* const* argv,
             const std::function<int(const Arguments&)>& body, const Conduct& conduct = {});

}  // namespace ocikit::cli
