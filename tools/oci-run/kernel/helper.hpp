// Programs that the command calls to do what it may not do itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/process.hpp"

namespace ocikit::run {

// The executable file of that name in a directory of $PATH.
std::optional<std::string> find_in_path(const std::string& name);

struct HelperOutcome {
    ExitStatus status;
    std::string output;  // both streams, without the last newline
};
// Runs it to its end. args: with the name as the first.
HelperOutcome run_helper(const std::string& path, const std::vector<std::string>& args);

}  // namespace ocikit::run
