// Namespaces, and which ids of the host those of a user namespace are.
#include <algorithm>
#include <array>
#include <limits>
#include <unistd.h>

#include <ocikit/text.hpp>

#include "oci-gen/flags/groups.hpp"
#include "oci-gen/values.hpp"

namespace ocikit::gen {

namespace {

using Type = spec::NamespaceType;

bool has_namespace(FlagContext& context, Type type) {
    const auto& all = context.linux().namespaces;
    return std::any_of(all.begin(), all.end(), [&](const spec::Namespace& one) { return one.type == type; });
}

// The parameters of a namespace, which would be the host's without it.
bool is_parameter_of(Type type, std::string_view key) {
    const auto begins = [key](std::string_view word) { return key.starts_with(word); };
    switch (type) {
        case Type::network:
            return begins("net.");
        case Type::ipc:
            return begins("kernel.msg") || begins("kernel.sem") || begins("kernel.shm") ||
                   begins("fs.mqueue.");
        case Type::uts:
            return key == "kernel.hostname" || key == "kernel.domainname";
        default:
            return false;
    }
}

void remove_namespace(FlagContext& context, Type type) {
    spec::Linux& section = context.linux();
    std::erase_if(section.namespaces, [&](const spec::Namespace& one) { return one.type == type; });
    std::erase_if(section.sysctl,
                  [&](const auto& parameter) { return is_parameter_of(type, parameter.first); });
}

// One that is there keeps its place.
void set_namespace(FlagContext& context, Type type, const std::optional<std::string>& path) {
    auto& all = context.linux().namespaces;
    const auto known =
        std::find_if(all.begin(), all.end(), [&](const spec::Namespace& one) { return one.type == type; });
    if (known == all.end())
        all.push_back({.type = type, .path = path});
    else
        known->path = path;
}

enum class Mode { host, own, joined };

// host, a word for one of its own, or ns:PATH. What an engine would set up, or needs its
// store of containers for, is refused with that reason.
Mode apply_mode(FlagContext& context, std::string_view option, Type type, const std::string& value,
                const std::vector<std::string>& words_for_own) {
    if (value == "host") {
        remove_namespace(context, type);
        return Mode::host;
    }
    if (std::find(words_for_own.begin(), words_for_own.end(), value) != words_for_own.end()) {
        set_namespace(context, type, std::nullopt);
        return Mode::own;
    }
    if (value.starts_with("ns:/")) {
        set_namespace(context, type, value.substr(3));
        return Mode::joined;
    }
    if (value.starts_with("container:") || value.starts_with("pod"))
        throw unusable(option, quoted(value) + ": other containers aren't known here, ns:/proc/PID/ns/" +
                                   (type == Type::network ? "net" : spec::to_text(type)) +
                                   " joins one's namespace");
    std::vector<std::string> expected{"host"};
    expected.insert(expected.end(), words_for_own.begin(), words_for_own.end());
    expected.emplace_back("ns:/PATH");
    throw unusable(option, "there is no " + quoted(value) + ", expected " + one_of(expected));
}

void set_network(FlagContext& context, const FlagValues& values) {
    static const std::array engines{"bridge", "slirp4netns", "pasta", "default", "macvlan", "ipvlan"};
    const std::string kind = values.back().substr(0, values.back().find(':'));
    if (std::find(engines.begin(), engines.end(), kind) != engines.end())
        throw unusable("network", quoted(values.back()) +
                                      " is set up by an engine; none makes a network "
                                      "namespace, ns:PATH joins one that is set up");
    apply_mode(context, "network", Type::network, values.back(), {"none", "new", "private"});
}

void set_pid(FlagContext& context, const FlagValues& values) {
    apply_mode(context, "pid", Type::pid, values.back(), {"private", "new"});
}

// /dev/shm belongs to the IPC namespace, for those who use it.
void set_ipc(FlagContext& context, const FlagValues& values) {
    const Mode mode =
        apply_mode(context, "ipc", Type::ipc, values.back(), {"private", "new", "shareable", "none"});
    std::vector<spec::Mount>& mounts = context.config.mounts;
    const auto is_shm = [](const spec::Mount& mount) { return mount.destination == "/dev/shm"; };
    if (values.back() == "none")
        std::erase_if(mounts, is_shm);
    const auto shm = std::find_if(mounts.begin(), mounts.end(), is_shm);
    if (mode == Mode::host && shm != mounts.end())
        *shm = {.destination = "/dev/shm",
                .type = "bind",
                .source = "/dev/shm",
                .options = {"bind", "rprivate", "nosuid", "noexec", "nodev"},
                .uidMappings = {},
                .gidMappings = {}};
}

void set_uts(FlagContext& context, const FlagValues& values) {
    const Mode mode = apply_mode(context, "uts", Type::uts, values.back(), {"private", "new"});
    if (mode == Mode::own)
        return;
    for (const char* name : {"hostname", "domainname"})
        if (context.arguments.options.contains(name))
            throw unusable("uts", quoted(values.back()) + " excludes --" + std::string(name) +
                                      ", which would rename " +
                                      (mode == Mode::host ? "the host" : "the others in the namespace"));
    context.config.hostname.reset();
    context.config.domainname.reset();
}

void set_cgroupns(FlagContext& context, const FlagValues& values) {
    apply_mode(context, "cgroupns", Type::cgroup, values.back(), {"private", "new"});
}

void set_userns(FlagContext& context, const FlagValues& values) {
    const std::string& value = values.back();
    if (value.starts_with("auto") || value.starts_with("keep-id") || value == "nomap")
        throw unusable("userns", quoted(value) +
                                     " needs an engine, which keeps account of ids: --uidmap and "
                                     "--gidmap tell which ones to use");
    const Mode mode = apply_mode(context, "userns", Type::user, value, {"private", "new"});
    const bool mapped = context.arguments.options.contains("uidmap") ||
                        context.arguments.options.contains("idmap") || !context.linux().uidMappings.empty();
    if (mode == Mode::own && !mapped)
        throw unusable("userns", "a new user namespace needs --idmap, or --uidmap and --gidmap");
    if (mode != Mode::own) {
        context.linux().uidMappings.clear();
        context.linux().gidMappings.clear();
    }
}

// CONTAINER:HOST[:SIZE]
spec::IdMapping parse_mapping(std::string_view option, const std::string& text) {
    const std::vector<std::string> parts = split(text, ':');
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    if (parts.size() < 2 || parts.size() > 3)
        throw unusable(option, "expected CONTAINER:HOST[:SIZE], found " + quoted(text));
    const auto number = [&](std::size_t i, std::int64_t least) {
        return static_cast<std::uint32_t>(parse_integer(option, parts[i], least, most));
    };
    return {
        .containerID = number(0, 0), .hostID = number(1, 0), .size = parts.size() == 3 ? number(2, 1) : 1};
}

std::vector<spec::IdMapping> parse_mappings(std::string_view option, const FlagValues& values) {
    std::vector<spec::IdMapping> mappings;
    for (const std::string& value : values)
        mappings.push_back(parse_mapping(option, value));
    return mappings;
}

void use_mappings(FlagContext& context, std::string_view option) {
    const auto userns = context.arguments.value("userns");
    if (userns && (*userns == "host" || userns->starts_with("ns:")))
        throw unusable(option, "there is nothing to map with --userns=" + *userns);
    set_namespace(context, Type::user, std::nullopt);
}

void set_uidmap(FlagContext& context, const FlagValues& values) {
    use_mappings(context, "uidmap");
    context.linux().uidMappings = parse_mappings("uidmap", values);
    if (!context.arguments.options.contains("gidmap"))  // as with podman: the same
        context.linux().gidMappings = context.linux().uidMappings;
}

void set_gidmap(FlagContext& context, const FlagValues& values) {
    use_mappings(context, "gidmap");
    context.linux().gidMappings = parse_mappings("gidmap", values);
    if (!context.arguments.options.contains("uidmap"))
        context.linux().uidMappings = context.linux().gidMappings;
}

void set_idmap(FlagContext& context, const FlagValues& values) {
    for (const char* other : {"uidmap", "gidmap"})
        if (context.arguments.options.contains(other))
            throw unusable("idmap", "it maps users and groups, and excludes --" + std::string(other));
    use_mappings(context, "idmap");
    context.linux().uidMappings = parse_mappings("idmap", values);
    context.linux().gidMappings = context.linux().uidMappings;
}

void set_sysctls(FlagContext& context, const FlagValues& values) {
    for (const std::string& value : values) {
        const auto [key, setting] = split_pair(value);
        if (key.empty() || !setting)
            throw unusable("sysctl", "expected KEY=VALUE, found " + quoted(value));
        context.linux().sysctl[key] = *setting;
    }
}

constexpr std::array id_options{"uid=", "gid="};

// What somebody without privileges can do: the own ids in a user namespace, the host's
// network, no control group.
void set_rootless(FlagContext& context, const FlagValues& values) {
    if (values.back() != "true")
        return;
    spec::Linux& section = context.linux();
    set_namespace(context, Type::user, std::nullopt);
    section.uidMappings = {{.containerID = 0, .hostID = ::geteuid(), .size = 1}};
    section.gidMappings = {{.containerID = 0, .hostID = ::getegid(), .size = 1}};
    remove_namespace(context, Type::network);
    section.resources.reset();
    section.cgroupsPath.reset();
    std::erase_if(context.config.mounts, [](const spec::Mount& mount) { return mount.type == "cgroup"; });
    for (spec::Mount& mount : context.config.mounts)
        std::erase_if(mount.options, [](const std::string& option) {
            return std::any_of(id_options.begin(), id_options.end(),
                               [&](const char* word) { return option.starts_with(word); });
        });
    if (context.config.process && context.config.process->user)
        context.config.process->user->additionalGids.clear();
}

bool is_mapped(const std::vector<spec::IdMapping>& mappings, std::uint32_t id) {
    return std::any_of(mappings.begin(), mappings.end(), [&](const spec::IdMapping& mapping) {
        return id >= mapping.containerID && id - mapping.containerID < mapping.size;
    });
}

constexpr Flag flags[] = {
    {.option = {.name = "rootless",
                .help = "make it fit for a user without privileges: a user namespace with the own ids, the "
                        "host's network, no control group"},
     .sets = "/linux/namespaces /linux/uidMappings /linux/gidMappings /linux/resources /linux/cgroupsPath "
             "/linux/sysctl /mounts /process/user/additionalGids",
     .apply = set_rootless},
    {.option =
         {.name = "network",
          .argument = "host|none|new|ns:PATH",
          .help = "network: the host's, none but a loopback interface (none, new and private are the same), "
                  "or a namespace to join",
          .alias = "net"},
     .sets = "/linux/namespaces /linux/sysctl /mounts",
     .apply = set_network},
    {.option = {.name = "pid", .argument = "host|private|ns:PATH", .help = "PID namespace"},
     .sets = "/linux/namespaces",
     .apply = set_pid},
    {.option = {.name = "ipc",
                .argument = "host|private|none|ns:PATH",
                .help = "IPC namespace, and with host its /dev/shm; none is a private one without /dev/shm"},
     .sets = "/linux/namespaces /linux/sysctl /mounts",
     .apply = set_ipc},
    {.option = {.name = "uts",
                .argument = "host|private|ns:PATH",
                .help = "UTS namespace; a host name is set in a private one only"},
     .sets = "/linux/namespaces /linux/sysctl /hostname /domainname",
     .apply = set_uts},
    {.option = {.name = "cgroupns", .argument = "host|private|ns:PATH", .help = "cgroup namespace"},
     .sets = "/linux/namespaces",
     .apply = set_cgroupns},
    {.option = {.name = "userns",
                .argument = "host|private|ns:PATH",
                .help = "user namespace; a private one needs --idmap, or --uidmap and --gidmap"},
     .sets = "/linux/namespaces /linux/uidMappings /linux/gidMappings /mounts",
     .apply = set_userns},
    {.option = {.name = "uidmap",
                .argument = "CONTAINER:HOST[:SIZE]",
                .help = "user ids of a user namespace, and group ids unless --gidmap is given",
                .repeatable = true},
     .sets = "/linux/uidMappings /linux/gidMappings /linux/namespaces /mounts",
     .apply = set_uidmap},
    {.option = {.name = "gidmap",
                .argument = "CONTAINER:HOST[:SIZE]",
                .help = "group ids of a user namespace, and user ids unless --uidmap is given",
                .repeatable = true},
     .sets = "/linux/gidMappings /linux/uidMappings /linux/namespaces /mounts",
     .apply = set_gidmap},
    {.option = {.name = "idmap",
                .argument = "CONTAINER:HOST[:SIZE]",
                .help = "user ids and group ids of a user namespace",
                .repeatable = true},
     .sets = "/linux/uidMappings /linux/gidMappings /linux/namespaces /mounts",
     .apply = set_idmap},
    {.option = {.name = "sysctl",
                .argument = "KEY=VALUE",
                .help = "set a kernel parameter of the container's own namespaces",
                .repeatable = true},
     .sets = "/linux/sysctl",
     .apply = set_sysctls},
};

}  // namespace

void fit_mounts_to_namespaces(FlagContext& context) {
    if (!context.config.linux || !has_namespace(context, Type::user))
        return;
    for (spec::Mount& mount : context.config.mounts) {
        // a sysfs shows the network namespace, and is for its owner to mount
        if (mount.type == "sysfs" && !has_namespace(context, Type::network)) {
            mount.type = "bind";
            mount.source = "/sys";
            mount.options.insert(mount.options.begin(), "rbind");
        }
        const auto& gids = context.config.linux->gidMappings;
        if (mount.type == "devpts" && !gids.empty())
            std::erase_if(mount.options, [&](const std::string& word) {
                return word.starts_with("gid=") &&
                       !is_mapped(gids, static_cast<std::uint32_t>(
                                            parse_integer("gidmap", word.substr(4), 0,
                                                          std::numeric_limits<std::uint32_t>::max())));
            });
    }
}

FlagGroup namespace_flags() {
    return {.title = "Namespaces", .flags = flags};
}

}  // namespace ocikit::gen
