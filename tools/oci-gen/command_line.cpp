#include "oci-gen/command_line.hpp"

#include <array>
#include <vector>

#include "oci-gen/base.hpp"
#include "oci-gen/edit.hpp"
#include "oci-gen/flag.hpp"
#include "oci-gen/image_base.hpp"

namespace ocikit::gen {

namespace {

constexpr auto output_options = std::to_array<cli::Option>({
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .help = "write to FILE, or to config.json in it if it is a directory; standard output by default"},
    {.name = "force", .letter = 'f', .help = "replace FILE if it exists"},
    {.name = "diff",
     .help = "write how the result differs from the template or profile, as diff -u does; the result itself "
             "only to the FILE of --output"},
    {.name = "explain-flags", .help = "tell which properties each option sets, and write nothing"},
    {.name = "list-profiles", .help = "tell about the profiles, and write nothing"},
    {.name = "no-validate", .help = "write the result even if it isn't valid"},
});

std::vector<cli::Option> all_options() {
    std::vector<cli::Option> all(output_options.begin(), output_options.end());
    const auto append = [&all](auto options) { all.insert(all.end(), options.begin(), options.end()); };
    append(base_options());
    append(image_options());
    for (const FlagGroup& group : flag_groups())
        for (const Flag& flag : group.flags)
            all.push_back(flag.option);
    append(edit_options());
    return all;
}

}  // namespace

const cli::Tool& command_line() {
    static const std::vector<cli::Option> options = all_options();
    static const cli::Command command{
        .positionals = "[--] [ARG...]",
        .summary = "write a config.json",
        .options = options,
        .options_end_after = 1,  // the rest is a command line of its own
    };
    static const cli::Tool tool{
        .name = "oci-gen",
        .summary = "write the config.json of a bundle of the OCI Runtime Specification",
        .commands = {&command, 1},
        .exit_status =
            "0: written\n1: the result would not be valid, or a file doesn't fit\n2: the command "
            "line can't be taken, or a file can't be read or written",
    };
    return tool;
}

}  // namespace ocikit::gen
