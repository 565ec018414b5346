#include "oci-gen/flag.hpp"

#include <array>

#include "oci-gen/flags/groups.hpp"

namespace ocikit::gen {

namespace {

template <class T>
T& made(std::optional<T>& member) {
    return member ? *member : member.emplace();
}

}  // namespace

spec::Process& FlagContext::process() const {
    if (!config.process)
        config.process.emplace().cwd = "/";
    return *config.process;
}

spec::Root& FlagContext::root() const {
    if (!config.root)
        config.root.emplace().path = "rootfs";
    return *config.root;
}

spec::Linux& FlagContext::linux() const {
    return made(config.linux);
}

spec::Resources& FlagContext::resources() const {
    return made(linux().resources);
}

std::span<const FlagGroup> flag_groups() {
    static const std::array groups{root_flags(), process_flags()};
    return groups;
}

bool is_flag(std::string_view option) {
    for (const FlagGroup& group : flag_groups())
        for (const Flag& flag : group.flags)
            if (flag.option.name == option)
                return true;
    return false;
}

namespace {

void set_program(FlagContext& context) {
    std::vector<std::string> args = context.arguments.values("arg");
    args.insert(args.end(), context.arguments.positionals.begin(), context.arguments.positionals.end());
    if (!args.empty())
        context.process().args = args;
}

}  // namespace

void apply_flags(FlagContext& context) {
    set_program(context);
    for (const FlagGroup& group : flag_groups())
        for (const Flag& flag : group.flags)
            if (flag.apply && context.arguments.options.contains(flag.option.name))
                flag.apply(context, context.arguments.values(flag.option.name));
}

cli::UsageError unusable(std::string_view option, const std::string& why) {
    return cli::UsageError("option '--" + std::string(option) + "': " + why);
}

}  // namespace ocikit::gen
