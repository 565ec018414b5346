// One table of options a command: the parser, --help, --version and the man
// page's synopsis and option list all come from it.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ocikit::cli {

struct Option {
    std::string_view name;            // long, without dashes
    char letter = 0;                  // short, 0: none
    std::string_view argument = {};   // what its value is called, such as "FILE"; empty: a flag
    std::string_view help;            // one sentence, lower case, no period
    bool repeatable = false;          // every value counts; otherwise the last one does
    std::string_view no_effect = {};  // why it is accepted and does nothing (for callers of other runtimes)
    std::string_view alias = {};      // another long name of the same
};

struct Command {
    std::string_view name = {};         // empty for a tool without commands
    std::string_view positionals = {};  // as shown in the synopsis, such as "ID [SIGNAL]"
    std::string_view summary = {};      // one line, lower case, no period
    std::span<const Option> options = {};
    std::size_t min_positionals = 0;
    std::size_t max_positionals = static_cast<std::size_t>(-1);
    // Options end after this many positionals: what follows is a command line of
    // its own (exec ID COMMAND -x). -1: options and positionals mix freely.
    int options_end_after = -1;
    // Exit status of an Error, if not the tool's usual one.
    int failure = 0;
};

// One that users of similar tools look for in vain.
struct MissingCommand {
    std::string_view name;
    std::string_view advice;  // why it isn't there, what to do instead
};

struct Tool {
    std::string_view name;                 // "oci-run"
    std::string_view summary;              // one line
    std::span<const Option> globals = {};  // before the command, and accepted after it too
    std::span<const Command> commands;     // just one, with an empty name, if there are no commands
    std::string_view exit_status = {};     // the man page's and --help's text on it
    std::span<const MissingCommand> missing = {};
    // Further lines of --version, after `oci-run version 0.1.0`.
    std::string_view version_details = {};
};

// A command line that can't be taken; what() says why, main prints it and how to get help.
class UsageError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The values of a parsed command line.
class Arguments {
  public:
    const Command* command = nullptr;
    std::vector<std::string> positionals;

    bool flag(std::string_view name) const;                         // given, and not as =false
    std::optional<std::string> value(std::string_view name) const;  // the last one
    std::string value_or(std::string_view name, std::string_view otherwise) const;
    std::vector<std::string> values(std::string_view name) const;  // all, in order

    std::map<std::string, std::vector<std::string>, std::less<>> options;

    // The options in the order of the command line, for tools where it matters.
    struct Given {
        std::string name;
        std::string value;  // of a flag "true" or "false"
    };
    std::vector<Given> given;
};

// Parses a command line (without the program's name). --help/-h and --version/-v
// are known to every tool: they leave the text to be printed in `print`.
//
// Taken: --name=value, --name value, -n value, -nvalue, -name (a single dash
// before a long name, as Go programs allow), --flag=false, options after
// positionals, repeated options, `--` ends options. Throws UsageError; an unknown
// option is told with the nearest known one.
struct Parsed {
    Arguments arguments;
    std::string print;  // not empty: print this to standard output and exit with 0
};
Parsed parse(const Tool& tool, std::span<const char* const> arguments);

std::string help_text(const Tool& tool, const Command* command);
std::string version_text(const Tool& tool);
// roff for the man page: the SYNOPSIS and OPTIONS sections' bodies.
std::string man_synopsis(const Tool& tool);
std::string man_options(const Tool& tool);

}  // namespace ocikit::cli
