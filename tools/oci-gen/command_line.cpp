#include "oci-gen/command_line.hpp"

#include <array>

namespace ocikit::gen {

namespace {

constexpr auto options = std::to_array<cli::Option>({
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .help = "write to FILE, or to config.json in it if it is a directory; standard output by default"},
    {.name = "force", .letter = 'f', .help = "replace FILE if it exists"},
    {.name = "rootfs",
     .argument = "PATH",
     .help = "root filesystem, counted from the bundle if relative; rootfs by default"},
    {.name = "arg",
     .argument = "ARG",
     .help = "an argument of the program, the first is the program itself; those without --arg follow",
     .repeatable = true},
    {.name = "env",
     .letter = 'e',
     .argument = "KEY[=VALUE]",
     .help = "set an environment variable; without =VALUE the one that oci-gen has, if any",
     .repeatable = true},
    {.name = "cwd", .argument = "DIR", .help = "absolute path in which the program starts; / by default"},
    {.name = "user",
     .letter = 'u',
     .argument = "USER[:GROUP]",
     .help = "numbers, or names that are looked up in etc/passwd and etc/group of the root filesystem; "
             "0:0 by default"},
    {.name = "hostname", .argument = "NAME", .help = "host name in the container; ocikit by default"},
    {.name = "terminal", .letter = 't', .help = "give the program a terminal"},
});

constexpr auto commands = std::to_array<cli::Command>({
    {.positionals = "[--] [ARG...]",
     .summary = "write a config.json",
     .options = options,
     .options_end_after = 1},  // the rest is a command line of its own
});

constexpr cli::Tool tool{
    .name = "oci-gen",
    .summary = "write the config.json of a bundle of the OCI Runtime Specification",
    .commands = commands,
    .exit_status =
        "0: written\n1: the result would not be valid\n2: the command line can't be taken, or a file can't "
        "be read or written",
};

}  // namespace

const cli::Tool& command_line() {
    return tool;
}

}  // namespace ocikit::gen
