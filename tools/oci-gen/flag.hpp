// The named options that set properties: one table for the command line, for what it
// does and for what is told about it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ocikit/config.hpp>

#include "common/command_line.hpp"
#include "oci-gen/draft.hpp"

namespace ocikit::gen {

// What a flag changes, and what it may look at.
struct FlagContext {
    spec::Config& config;
    const cli::Arguments& arguments;  // the flags that are applied together with it
    const std::string& bundle;        // where a relative root filesystem counts from
    Companions& beside;
    std::vector<std::string> mounted = {};  // the destinations of what flags have mounted

    spec::Process& process() const;
    spec::Root& root() const;
    spec::Linux& linux() const;
    spec::Resources& resources() const;
};

using FlagValues = std::vector<std::string>;

struct Flag {
    cli::Option option;
    std::string_view sets = {};  // JSON pointers of the properties, with a blank between them
    // Called once, with all values in their order. Throws cli::UsageError, and Error.
    void (*apply)(FlagContext& context, const FlagValues& values) = nullptr;
    std::string_view refusal = {};  // why it can't be done, unless it is given as =false
};

struct FlagGroup {
    std::string_view title;
    std::span<const Flag> flags;
};

// In the order in which they are applied, whatever the order on the command line: as with
// docker, `--cap-add X --cap-drop ALL` is `--cap-drop ALL --cap-add X`.
std::span<const FlagGroup> flag_groups();

bool is_flag(std::string_view option);

// Applies the flags among the arguments, in the order of the table.
void apply_flags(FlagContext& context);

// To standard error.
void warn(const std::string& text);

// A value that an option can't take.
cli::UsageError unusable(std::string_view option, const std::string& why);

}  // namespace ocikit::gen
