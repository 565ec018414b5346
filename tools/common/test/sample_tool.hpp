// A made-up tool for the tests, with every kind of option.
#pragma once

#include "common/command_line.hpp"

namespace ocikit::cli::test {

inline constexpr Option global_options[] = {
    {.name = "root", .argument = "DIR", .help = "the folder of the containers' state"},
    {.name = "debug", .help = "log more"},
    {.name = "log", .argument = "FILE", .help = "where errors go"},
};

inline constexpr Option run_options[] = {
    {.name = "bundle",
     .letter = 'b',
     .argument = "DIR",
     .help = "the bundle (default: the current directory)"},
    {.name = "detach", .letter = 'd', .help = "don't wait for the container"},
    {.name = "tty", .letter = 't', .help = "allocate a terminal"},
    {.name = "env", .letter = 'e', .argument = "NAME=VALUE", .help = "set a variable", .repeatable = true},
    {.name = "memory", .argument = "BYTES", .help = "-1: no limit"},
    {.name = "no-pivot", .help = "use MS_MOVE and chroot\\"},
    {.name = "no-subreaper", .help = ".hidden", .no_effect = "there is never a subreaper"},
};

inline constexpr Option exec_options[] = {
    {.name = "tty", .letter = 't', .help = "allocate a terminal"},
    {.name = "a-rather-long-option-name",
     .letter = 0,
     .argument = "VALUE",
     .help = "it has a line of its own"},
};

inline constexpr Command commands[] = {
    {.name = "run",
     .positionals = "ID",
     .summary = "create and start a container",
     .options = run_options,
     .min_positionals = 1,
     .max_positionals = 1},
    {.name = "exec",
     .positionals = "ID COMMAND [ARGUMENT]...",
     .summary = "run a program in a container",
     .options = exec_options,
     .min_positionals = 1,
     .options_end_after = 2},
    {.name = "kill",
     .positionals = "ID [SIGNAL]",
     .summary = "send a signal",
     .min_positionals = 1,
     .max_positionals = 2},
};

inline constexpr Tool tool{.name = "oci-sample",
                           .summary = "Does nothing, so that its command line can be looked at.",
                           .globals = global_options,
                           .commands = commands,
                           .exit_status = "0 if all went well\n1 if not",
                           .version_details = "spec: 1.3.0"};

inline constexpr Option plain_options[] = {
    {.name = "force", .letter = 'f', .help = "overwrite"},
    {.name = "volume", .letter = 'v', .argument = "NAME", .help = "a letter that --version has otherwise"},
};
inline constexpr Command plain_commands[] = {
    {.positionals = "FILE...", .options = plain_options, .min_positionals = 1}};
inline constexpr Tool plain_tool{
    .name = "oci-plain", .summary = "Has no commands.", .commands = plain_commands};

}  // namespace ocikit::cli::test
