#include "oci-validate/command_line.hpp"

#include <array>

namespace ocikit::validate {

namespace {

constexpr auto options = std::to_array<cli::Option>({
    {.name = "format",
     .argument = "text|json|sarif|github",
     .help = "how findings are written: for people (the default), as JSON, as SARIF 2.1.0, or as commands "
             "for the runners of GitHub"},
    {.name = "severity",
     .argument = "error|warning|info",
     .help = "report nothing less severe; warning by default"},
    {.name = "strict", .help = "take warnings for errors"},
    {.name = "disable",
     .argument = "RULE",
     .help = "report nothing of a rule, or of a group of rules such as mounts",
     .repeatable = true},
    {.name = "enable",
     .argument = "RULE",
     .help = "report a rule or a group whatever its severity, even if its group is disabled",
     .repeatable = true},
    {.name = "platform",
     .argument = "linux|windows|solaris|zos|freebsd",
     .help = "the system that containers are for; by default that of the section that is there"},
    {.name = "spec-version",
     .argument = "VERSION",
     .help = "hold bundles to an older version of the specification, such as 1.0.2"},
    {.name = "host", .help = "check too that this host has what the bundle names"},
    {.name = "no-suppressions",
     .help = "ignore what bundles say of their own checks, by .oci-validate.json or an annotation"},
    {.name = "color",
     .argument = "auto|always|never",
     .help = "whether text is colored; by default on a terminal, unless NO_COLOR is set"},
    {.name = "type", .argument = "config|state|features", .help = "what the inputs are; config by default"},
    {.name = "fix",
     .help =
         "correct what needs no thought, and write the changes as a diff instead of findings; the status is "
         "that of what is corrected"},
    {.name = "write", .help = "with --fix, change the files in place instead"},
    {.name = "list-rules", .help = "list the rules, and check nothing"},
    {.name = "explain", .argument = "RULE", .help = "explain a rule, and check nothing"},
    {.name = "print-schema",
     .argument = "config|state|features",
     .help = "write the JSON Schema of the Runtime Specification 1.3.0 as one document, and check nothing"},
    {.name = "quiet", .letter = 'q', .help = "write no findings, the exit status tells"},
});

constexpr auto commands = std::to_array<cli::Command>({
    {.positionals = "BUNDLE|ARCHIVE|FILE|-...", .summary = "check documents", .options = options},
});

constexpr cli::Tool tool{
    .name = "oci-validate",
    .summary = "check bundles and documents against the OCI Runtime Specification 1.3.0",
    .commands = commands,
    .exit_status =
        "0: all inputs are valid, perhaps with warnings\n1: an input is invalid\n2: the command line can't "
        "be "
        "taken, or an input can't be read",
};

}  // namespace

const cli::Tool& command_line() {
    return tool;
}

}  // namespace ocikit::validate
