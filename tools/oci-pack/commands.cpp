#include "oci-pack/commands.hpp"

#include <charconv>
#include <cstdint>
#include <string_view>
#include <unistd.h>

#include "archive/entry_path.hpp"
#include "common/output.hpp"
#include "oci-pack/compression.hpp"
#include "oci-pack/extract.hpp"

namespace ocikit::pack {

namespace {

constexpr struct {
    std::string_view name;
    int (*run)(const cli::Arguments&);
} commands[] = {{"create", run_create}, {"extract", run_extract}, {"list", run_list},
                {"verify", run_verify}, {"diff", run_diff},       {"to-image", run_to_image}};

// A number, with K, M, G or T behind it if units are allowed.
std::uint64_t parse_number(std::string_view option, std::string_view text, bool units) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
    std::string_view rest(end, static_cast<std::size_t>(text.end() - end));
    unsigned shift = 0;
    if (units && rest.size() == 1)
        shift = rest == "K" ? 10 : rest == "M" ? 20 : rest == "G" ? 30 : rest == "T" ? 40 : 0;
    if (shift != 0)
        rest = {};
    if (error != std::errc() || !rest.empty() || number > (UINT64_MAX >> shift))
        throw cli::UsageError("option '--" + std::string(option) + "': '" + std::string(text) +
                              "' is not a number" + (units ? " of bytes" : ""));
    return number << shift;
}

}  // namespace

void warn(const std::string& text) {
    cli::complain("oci-pack", "warning: " + text);
}

archive::Limits limits_of(const cli::Arguments& arguments) {
    archive::Limits limits;
    if (const auto size = arguments.value("max-size"))
        limits.bytes = parse_number("max-size", *size, true);
    if (const auto entries = arguments.value("max-entries"))
        limits.entries = parse_number("max-entries", *entries, false);
    return limits;
}

int run_command(const cli::Arguments& arguments) {
    for (const auto& [name, run] : commands) {
        if (name == arguments.command->name)
            return run(arguments);
    }
    throw cli::UsageError("no command given");
}

int run_extract(const cli::Arguments& arguments) {
    ExtractOptions options{
        .archive = arguments.positionals[0], .destination = {}, .limits = limits_of(arguments)};
    options.strip = arguments.flag("strip");
    options.ownership.numeric = arguments.flag("numeric");
    for (const std::string& text : arguments.values("uid-map"))
        options.ownership.uid_map.add("uid-map", text);
    for (const std::string& text : arguments.values("gid-map"))
        options.ownership.gid_map.add("gid-map", text);
    for (const std::string& text : arguments.values("map")) {
        options.ownership.uid_map.add("map", text);
        options.ownership.gid_map.add("map", text);
    }
    options.progress = ::isatty(STDERR_FILENO) == 1;
    if (options.ownership.numeric &&
        (!options.ownership.uid_map.empty() || !options.ownership.gid_map.empty()))
        throw cli::UsageError("--numeric and a map exclude each other");
    if (arguments.positionals.size() > 1 && arguments.positionals[1].empty())
        throw cli::UsageError("the name of DIR is empty");
    if (arguments.positionals.size() > 1)
        options.destination = arguments.positionals[1];
    else
        options.destination = without_suffix(archive::name_of(options.archive));
    if (options.destination.empty())
        throw cli::UsageError("'" + options.archive +
                              "' has no suffix to name a directory without it: give DIR");
    extract(options, warn);
    return 0;
}

}  // namespace ocikit::pack
