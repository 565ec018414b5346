#include "oci-validate/command_line.hpp"

#include <array>

namespace ocikit::validate {

namespace {

constexpr auto options = std::to_array<cli::Option>({
    {.name = "format", .argument = "text|json", .help = "how findings are written; text by default"},
    {.name = "type", .argument = "config|state|features", .help = "what the inputs are; config by default"},
    {.name = "print-schema",
     .argument = "config|state|features",
     .help = "write the JSON Schema of the Runtime Specification 1.3.0 as one document, and check nothing"},
    {.name = "quiet", .letter = 'q', .help = "write no findings, the exit status tells"},
});

constexpr auto commands = std::to_array<cli::Command>({
    {.positionals = "BUNDLE|FILE|-...", .summary = "check documents", .options = options},
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
