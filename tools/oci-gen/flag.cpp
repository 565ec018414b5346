#include "oci-gen/flag.hpp"

#include <algorithm>
#include <array>

#include "common/output.hpp"
#include "oci-gen/flags/entrypoint.hpp"
#include "oci-gen/flags/groups.hpp"
#include "oci-gen/seccomp_policy.hpp"

namespace ocikit::gen {

namespace {

template <class T>
T& made(std::optional<T>& member) {
    return member ? *member : member.emplace();
}

// The image's or the template's own arguments are kept unless there are others.
void set_program(FlagContext& context) {
    std::vector<std::string> given = context.arguments.values("arg");
    given.insert(given.end(), context.arguments.positionals.begin(), context.arguments.positionals.end());
    const auto entrypoint = context.arguments.value("entrypoint");
    if (entrypoint)
        context.beside.entrypoint = parse_entrypoint(*entrypoint);
    if (!entrypoint && given.empty())
        return;
    std::vector<std::string> args = context.beside.entrypoint;
    args.insert(args.end(), given.begin(), given.end());
    if (args.empty())
        throw unusable("entrypoint", "there is no program left to run");
    context.process().args = args;
}

// Whether what decides about seccomp may have changed, or the policy itself.
bool depends_on_capabilities(const FlagContext& context) {
    static const std::array deciding{"cap-add", "cap-drop", "privileged", "security-opt", "seccomp"};
    return std::any_of(deciding.begin(), deciding.end(),
                       [&](const char* option) { return context.arguments.options.contains(option); });
}

void apply_flag(FlagContext& context, const Flag& flag) {
    const FlagValues values = context.arguments.values(flag.option.name);
    if (!flag.refusal.empty() && values.back() != "false")
        throw unusable(flag.option.name, std::string(flag.refusal));
    if (flag.apply)
        flag.apply(context, values);
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
    // names of users need the root, capabilities the user, mounts the namespaces
    static const std::array groups{root_flags(),     process_flags(),    namespace_flags(), device_flags(),
                                   security_flags(), capability_flags(), mount_flags(),     resource_flags(),
                                   metadata_flags(), engine_flags()};
    return groups;
}

bool is_flag(std::string_view option) {
    for (const FlagGroup& group : flag_groups())
        for (const Flag& flag : group.flags)
            if (flag.option.name == option)
                return true;
    return false;
}

void apply_flags(FlagContext& context) {
    for (const FlagGroup& group : flag_groups())
        for (const Flag& flag : group.flags)
            if (context.arguments.options.contains(flag.option.name))
                apply_flag(context, flag);
    set_program(context);
    fit_mounts_to_namespaces(context);
    if (context.beside.seccomp && depends_on_capabilities(context))
        context.linux().seccomp = resolve_seccomp(*context.beside.seccomp, context.process());
}

void warn(const std::string& text) {
    cli::complain("oci-gen", "warning: " + text);
}

cli::UsageError unusable(std::string_view option, const std::string& why) {
    return cli::UsageError("option '--" + std::string(option) + "': " + why);
}

}  // namespace ocikit::gen
