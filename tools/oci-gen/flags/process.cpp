// The program: its arguments, environment, user and names.
#include <algorithm>
#include <cstdlib>

#include <ocikit/bundle.hpp>

#include "oci-gen/flags/groups.hpp"
#include "oci-gen/flags/lines.hpp"
#include "oci-gen/user.hpp"
#include "oci-gen/values.hpp"

namespace ocikit::gen {

namespace {

void set_variable(std::vector<std::string>& env, const std::string& option) {
    std::string variable = option;
    const std::string key = option.substr(0, option.find('='));
    if (key.empty())
        throw unusable("env", "'" + option + "' has no name before the =");
    if (key == option) {
        const char* value = std::getenv(key.c_str());
        if (!value)
            return;  // as with docker: there is nothing to pass on
        variable += '=' + std::string(value);
    }
    const auto known = std::find_if(env.begin(), env.end(), [&key](const std::string& present) {
        return present.starts_with(key + '=');
    });
    if (known != env.end())
        *known = variable;
    else
        env.push_back(variable);
}

void set_env_file(FlagContext& context, const FlagValues& values) {
    for (const std::string& path : values)
        for (const std::string& line : lines_of(path))
            set_variable(context.process().env, line);
}

void unset_env(FlagContext& context, const FlagValues& values) {
    for (const std::string& name : values)
        std::erase_if(context.process().env,
                      [&](const std::string& variable) { return variable.starts_with(name + '='); });
}

void set_env(FlagContext& context, const FlagValues& values) {
    for (const std::string& variable : values)
        set_variable(context.process().env, variable);
}

void set_workdir(FlagContext& context, const FlagValues& values) {
    if (!values.back().starts_with('/'))
        throw unusable("workdir", "'" + values.back() + "' is not absolute, it must begin with /");
    context.process().cwd = values.back();
}

void set_user(FlagContext& context, const FlagValues& values) {
    context.process().user = parse_user(values.back(), root_path(context.bundle, context.root()));
}

void add_groups(FlagContext& context, const FlagValues& values) {
    spec::Process& process = context.process();
    if (!process.user)
        process.user.emplace();
    std::vector<std::uint32_t>& gids = process.user->additionalGids;
    for (const std::string& value : values) {
        const std::uint32_t gid = parse_group("group-add", value, root_path(context.bundle, context.root()));
        if (std::find(gids.begin(), gids.end(), gid) == gids.end())
            gids.push_back(gid);
    }
}

void set_umask(FlagContext& context, const FlagValues& values) {
    spec::Process& process = context.process();
    if (!process.user)
        process.user.emplace();
    process.user->umask = parse_mode("umask", values.back());
}

void set_domainname(FlagContext& context, const FlagValues& values) {
    constexpr std::size_t most = 64;  // setdomainname(2)
    if (values.back().size() > most)
        throw unusable("domainname", "'" + values.back() + "' is longer than 64 bytes");
    context.config.domainname = values.back();
}

void set_hostname(FlagContext& context, const FlagValues& values) {
    constexpr std::size_t most = 64;  // sethostname(2)
    if (values.back().size() > most)
        throw unusable("hostname", "'" + values.back() + "' is longer than 64 bytes");
    context.config.hostname = values.back();
}

void set_terminal(FlagContext& context, const FlagValues& values) {
    context.process().terminal = values.back() == "true";
}

constexpr Flag flags[] = {
    {.option = {.name = "arg",
                .argument = "ARG",
                .help = "an argument of the program, the first is the program itself; those without --arg "
                        "follow",
                .repeatable = true},
     .sets = "/process/args"},
    {.option = {.name = "entrypoint",
                .argument = "PROGRAM",
                .help = "the program that arguments are given to, or a JSON array of it and its first "
                        "arguments; '' takes an image's away"},
     .sets = "/process/args"},
    {.option = {.name = "env-file",
                .argument = "FILE",
                .help =
                    "set environment variables: KEY=VALUE lines, or KEY for the one that oci-gen has; those "
                    "that begin with # are comments",
                .repeatable = true},
     .sets = "/process/env",
     .apply = set_env_file},
    {.option = {.name = "unsetenv",
                .argument = "KEY",
                .help = "remove an environment variable of the profile, template or image",
                .repeatable = true},
     .sets = "/process/env",
     .apply = unset_env},
    {.option = {.name = "env",
                .letter = 'e',
                .argument = "KEY[=VALUE]",
                .help = "set an environment variable; without =VALUE the one that oci-gen has, if any",
                .repeatable = true},
     .sets = "/process/env",
     .apply = set_env},
    {.option = {.name = "workdir",
                .letter = 'w',
                .argument = "DIR",
                .help = "absolute path in which the program starts",
                .alias = "cwd"},
     .sets = "/process/cwd",
     .apply = set_workdir},
    {.option = {.name = "user",
                .letter = 'u',
                .argument = "USER[:GROUP]",
                .help = "numbers, or names that are looked up in etc/passwd and etc/group of the root "
                        "filesystem"},
     .sets = "/process/user",
     .apply = set_user},
    {.option = {.name = "group-add",
                .argument = "GROUP",
                .help = "a further group of the program, as a number or by name",
                .repeatable = true},
     .sets = "/process/user/additionalGids",
     .apply = add_groups},
    {.option = {.name = "umask", .argument = "MODE", .help = "mask of the modes of new files, such as 0027"},
     .sets = "/process/user/umask",
     .apply = set_umask},
    {.option = {.name = "hostname", .letter = 'h', .argument = "NAME", .help = "host name in the container"},
     .sets = "/hostname",
     .apply = set_hostname},
    {.option = {.name = "tty", .letter = 't', .help = "give the program a terminal", .alias = "terminal"},
     .sets = "/process/terminal",
     .apply = set_terminal},
    {.option = {.name = "domainname", .argument = "NAME", .help = "NIS domain name in the container"},
     .sets = "/domainname",
     .apply = set_domainname},
    {.option = {.name = "interactive",
                .letter = 'i',
                .help = "keep standard input open",
                .no_effect = "runtimes pass theirs on"},
     .sets = ""},
};

}  // namespace

FlagGroup process_flags() {
    return {.title = "Process", .flags = flags};
}

}  // namespace ocikit::gen
