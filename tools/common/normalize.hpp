// The first half of parsing a command line: which command it is, what is an
// option and what isn't, and every option in the one form --name[=value].
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/command_line.hpp"

namespace ocikit::cli {

// Known to every tool, unless its own table has an option of that name or letter.
inline constexpr Option standard_options[] = {
    {.name = "help", .letter = 'h', .help = "print this help and exit"},
    {.name = "version", .letter = 'v', .help = "print the version and exit"},
};

// As they are shown with a command: without the letters that the command's own options have.
std::vector<Option> shown_standard_options(const Command* command);

struct Normalized {
    const Command* command = nullptr;    // null: none was given
    std::vector<const Option*> options;  // those that occur, each once
    // For each option `--name=value`, or `--name` and an empty token (an empty
    // value), or `--name` (a flag, or a value that is missing: then it is the last).
    std::vector<std::string> tokens;
    std::vector<std::string> positionals;
};

// Throws UsageError for unknown options and commands.
Normalized normalize(const Tool& tool, std::span<const char* const> arguments);

}  // namespace ocikit::cli
