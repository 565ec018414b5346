// Mounts and their options.
#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ocikit/mount_option.hpp>
#include <ocikit/text.hpp>

#include "groups.hpp"
#include "mount_kind.hpp"
#include "values.hpp"

namespace ocikit {

namespace {

using Kind = MountOption::Kind;

bool has_kind(const spec::Mount& mount, Kind kind) {
    return std::any_of(mount.options.begin(), mount.options.end(), [kind](const std::string& text) {
        const MountOption* const option = find_mount_option(text);
        return option && option->kind == kind;
    });
}

void check_destination(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i)
        if (rule.config.mounts[i].destination.empty())
            rule.report(mount_pointer(i) + "/destination", "the destination is empty");
}

void check_relative(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i)
        if (const std::string& path = rule.config.mounts[i].destination; !path.empty() && path[0] != '/')
            rule.report(mount_pointer(i) + "/destination",
                        quoted(path) + " is relative, which is deprecated");
}

void check_source(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        if (is_bind_mount(mount) && !is_change(mount) && mount.source.value_or("").empty())
            rule.report_member(mount_pointer(i), "source", "a bind mount needs a source");
    }
}

void check_type(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        if (mount.type.value_or("").empty() && !is_bind_mount(mount) && !is_change(mount))
            rule.report_member(mount_pointer(i), "type", "a mount needs a type, or the option bind or rbind");
    }
}

// Known to mount(8) for every filesystem, but for the user's side of it.
bool is_user_space_option(std::string_view option) {
    constexpr std::string_view names[] = {"auto",  "noauto", "user", "nouser",  "users", "owner",
                                          "group", "nofail", "fail", "_netdev", "nosub", "sub"};
    return std::find(std::begin(names), std::end(names), option) != std::end(names) ||
           option.starts_with("x-") || option.starts_with("X-") || option.starts_with("comment=");
}

// Runtimes take mappings in this form too.
bool has_mapping(std::string_view option) {
    return option.starts_with("idmap=") || option.starts_with("ridmap=");
}

bool is_known_option(std::string_view option) {
    return find_mount_option(option) || is_user_space_option(option) || has_mapping(option);
}

// valued: whether options of the form name=value are looked for, or words.
void report_bind_data(RuleContext& rule, bool valued, const char* what) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        for (std::size_t k = 0; is_bind_mount(mount) && k < mount.options.size(); ++k) {
            const std::string& option = mount.options[k];
            if (!is_known_option(option) && (option.find('=') != option.npos) == valued)
                rule.report(pointer_append(mount_pointer(i) + "/options", k), quoted(option) + what);
        }
    }
}

void check_bind_data(RuleContext& rule) {
    report_bind_data(rule, false,
                     " is no option of a bind mount, and there is no filesystem made that it could be for");
}

void check_bind_value(RuleContext& rule) {
    report_bind_data(rule, true, " has no effect on a bind mount, which makes no filesystem");
}

void check_bind_superblock(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        for (std::size_t k = 0; is_bind_mount(mount) && k < mount.options.size(); ++k)
            if (const MountOption* option = find_mount_option(mount.options[k]);
                option && option->kind == Kind::superblock && !option->clear)
                rule.report(
                    pointer_append(mount_pointer(i) + "/options", k),
                    quoted(mount.options[k]) + " is of the filesystem as a whole: a bind mount can't set it");
    }
}

// What the kernel's own filesystems take.
struct Filesystem {
    std::string_view type;
    std::initializer_list<std::string_view> options;
};

const std::array<Filesystem, 5>& filesystems() {
    static const std::array<Filesystem, 5> table{{
        {"tmpfs",
         {"size",
          "nr_blocks",
          "nr_inodes",
          "mode",
          "uid",
          "gid",
          "mpol",
          "huge",
          "noswap",
          "inode32",
          "inode64",
          "quota",
          "usrquota",
          "grpquota",
          "usrquota_block_hardlimit",
          "usrquota_inode_hardlimit",
          "grpquota_block_hardlimit",
          "grpquota_inode_hardlimit",
          "casefold",
          "strict_encoding",
          "acl",
          "noacl"}},
        {"proc", {"gid", "hidepid", "subset", "pidns"}},
        {"devpts", {"uid", "gid", "mode", "ptmxmode", "newinstance", "max"}},
        {"sysfs", {}},
        {"mqueue", {}},
    }};
    return table;
}

// Of security modules, for any filesystem.
bool is_label(std::string_view name) {
    return name.ends_with("context") || name == "seclabel" || name.starts_with("smack");
}

void check_options(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        const auto known = std::find_if(filesystems().begin(), filesystems().end(),
                                        [&mount](const auto& fs) { return mount.type == fs.type; });
        if (known == filesystems().end() || is_bind_mount(mount))
            continue;
        for (std::size_t k = 0; k < mount.options.size(); ++k) {
            const std::string& option = mount.options[k];
            const std::string name = option.substr(0, option.find('='));
            if (option.empty() || is_known_option(option) || is_label(name) ||
                std::find(known->options.begin(), known->options.end(), name) != known->options.end())
                continue;
            std::vector<std::string_view> candidates(known->options);
            for (const MountOption& other : mount_options())
                candidates.push_back(other.name);
            const auto meant = nearest(name, candidates);
            rule.report(pointer_append(mount_pointer(i) + "/options", k),
                        "there is no option " + quoted(name) + " of " + std::string(known->type) +
                            (meant.empty() ? "" : ", did you mean " + quoted(meant) + '?'));
        }
    }
}

void check_mapping_pair(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        if (mount.uidMappings.empty() != mount.gidMappings.empty())
            rule.report(mount_pointer(i), mount.uidMappings.empty() ? "gidMappings need uidMappings too"
                                                                    : "uidMappings need gidMappings too");
    }
}

bool is_mapped(const spec::Mount& mount) {
    return !mount.uidMappings.empty() || !mount.gidMappings.empty();
}

void check_idmap(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        for (std::size_t k = 0; k < mount.options.size(); ++k)
            if (const MountOption* option = find_mount_option(mount.options[k]);
                option && option->kind == Kind::mapped && !is_mapped(mount) &&
                !rule.has_namespace(spec::NamespaceType::user))
                rule.report(pointer_append(mount_pointer(i) + "/options", k),
                            "there are no mappings: neither the mount nor a user namespace has any");
    }
}

void check_mappings_unmarked(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        if (is_mapped(mount) && !has_kind(mount, Kind::mapped))
            rule.report_member(mount_pointer(i), "options",
                               "mappings need the option idmap or ridmap, or older runtimes ignore them");
    }
}

void check_mapped_kind(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        if ((is_mapped(mount) || has_kind(mount, Kind::mapped)) && !is_bind_mount(mount))
            rule.report(mount_pointer(i), "runtimes map the IDs of bind mounts only");
    }
}

// Each once, by the first mount that hides it, so that the time and the findings don't grow with
// the square of the mounts.
void check_hidden(RuleContext& rule) {
    const auto& mounts = rule.config.mounts;
    std::multimap<std::string, std::size_t> seen;  // that aren't hidden yet
    for (std::size_t later = 0; later < mounts.size(); ++later) {
        if (is_change(mounts[later]) || mounts[later].destination.empty())
            continue;
        const std::string over = clean_path(mounts[later].destination);
        std::vector<std::size_t> hidden;
        const auto take = [&](auto begin, auto end) {
            for (auto at = begin; at != end; at = seen.erase(at))
                hidden.push_back(at->second);
        };
        if (over == "/") {
            take(seen.begin(), seen.end());
        } else {
            take(seen.lower_bound(over), seen.upper_bound(over));
            // '0' follows '/': the end of all that is below
            take(seen.lower_bound(over + '/'), seen.lower_bound(over + '0'));
        }
        std::sort(hidden.begin(), hidden.end());
        for (const std::size_t i : hidden)
            rule.report(mount_pointer(i) + "/destination",
                        quoted(mounts[i].destination) + " is hidden by a later mount",
                        mount_pointer(later) + "/destination", "mounted over it here");
        seen.emplace(over, later);
    }
}

void check_sysfs(RuleContext& rule) {
    if (!rule.has_namespace(spec::NamespaceType::user) || rule.has_namespace(spec::NamespaceType::network))
        return;
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i)
        if (rule.config.mounts[i].type == "sysfs" && !is_bind_mount(rule.config.mounts[i]))
            rule.report(mount_pointer(i),
                        "in a user namespace sysfs can be mounted only with a network namespace of its own");
}

void check_dangerous(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        if (!is_bind_mount(mount) || !mount.source || !mount.source->starts_with('/'))
            continue;
        const std::string source = clean_path(*mount.source);
        if (source == "/")
            rule.report(mount_pointer(i) + "/source", "the container gets the whole of the host's files");
        else if (source.ends_with("/docker.sock") || source.ends_with("/containerd.sock") ||
                 source.ends_with("/podman.sock") || source.ends_with("/crio.sock"))
            rule.report(mount_pointer(i) + "/source",
                        "who can talk to a container engine can become root on the host");
    }
}

void require_mounts(RuleContext& rule, std::initializer_list<std::string> paths) {
    // what has no mounts at all is to be completed, or leaves out the default ones for a reason
    if (!rule.config.process || rule.config.mounts.empty())
        return;
    std::vector<std::string> missing;
    for (const std::string& path : paths) {
        const auto covers = [&path](const spec::Mount& mount) {
            return clean_path(mount.destination) == path ||
                   (is_bind_mount(mount) && is_within(path, clean_path(mount.destination)));
        };
        if (std::none_of(rule.config.mounts.begin(), rule.config.mounts.end(), covers))
            missing.push_back(path);
    }
    if (!missing.empty())
        rule.report_member("", "mounts", "nothing is mounted at " + one_of(missing));
}

void check_filesystems(RuleContext& rule) {
    require_mounts(rule, {"/proc", "/sys", "/dev"});
}

void check_device_filesystems(RuleContext& rule) {
    require_mounts(rule, {"/dev/pts", "/dev/shm"});
}

constexpr Rule rules[] = {
    {.id = "mounts/destination-empty",
     .summary = "a mount has a destination",
     .details = "The destination is the path inside of the container where it is mounted.",
     .source = "config.md#mounts",
     .bad = R"({"mounts": [{"destination": "", "type": "tmpfs"}]})",
     .good = R"({"mounts": [{"destination": "/tmp", "type": "tmpfs"}]})",
     .runtime_refuses = true,
     .posix = true,
     .check = check_destination},
    {.id = "mounts/destination-relative",
     .severity = Severity::warning,
     .summary = "the destination of a mount is an absolute path",
     .details = "A relative one counts from / for the sake of old tools, and is deprecated.",
     .source = "config.md#mounts",
     .bad = R"({"mounts": [{"destination": "tmp", "type": "tmpfs"}]})",
     .good = R"({"mounts": [{"destination": "/tmp", "type": "tmpfs"}]})",
     .check = check_relative},
    {.id = "mounts/bind-source",
     .summary = "a bind mount has a source",
     .details = "A mount with bind or rbind among its options shows a file or directory, its source, at "
                "another place.",
     .source = "config.md#mounts, mount(2)",
     .bad = R"({"mounts": [{"destination": "/srv", "options": ["rbind"]}]})",
     .good = R"({"mounts": [{"destination": "/srv", "source": "data", "options": ["rbind"]}]})",
     .runtime_refuses = true,
     .check = check_source},
    {.id = "mounts/type",
     .summary = "a mount has a type, if it is no bind mount",
     .details =
         "Without a type there is nothing that could be mounted, unless an option says that something is "
         "bound here, or that a mount is changed which is there already.",
     .source = "config.md#posix-platform-mounts, mount(2)",
     .bad = R"({"mounts": [{"destination": "/tmp", "source": "tmpfs"}]})",
     .good = R"({"mounts": [{"destination": "/srv", "source": "/srv", "options": ["bind"]}]})",
     .runtime_refuses = true,
     .check = check_type},
    {.id = "mounts/bind-data",
     .summary = "a bind mount has no options for a filesystem",
     .details =
         "An option that isn't one of mount(8) is data for the filesystem that is mounted. A bind mount "
         "mounts none, so that there is nothing to give it to: most often the option is misspelt.",
     .source = "config.md#linux-mount-options, mount(2)",
     .bad = R"({"mounts": [{"destination": "/srv", "source": "/srv", "options": ["rbind", "readonly"]}]})",
     .good =
         R"({"mounts": [{"destination": "/srv", "source": "/srv", "options": ["rbind", "ro", "rprivate", "nosymfollow"]}]})",
     .runtime_refuses = true,
     .check = check_bind_data},
    {.id = "mounts/bind-value",
     .summary = "a value for a filesystem is not given to a bind mount",
     .details = "It would be ignored: a limit such as size= isn't there, though the bundle asks for it.",
     .source = "config.md#linux-mount-options, mount(2)",
     .bad = R"({"mounts": [{"destination": "/srv", "source": "/srv", "options": ["rbind", "size=1m"]}]})",
     .good = R"({"mounts": [{"destination": "/srv", "type": "tmpfs", "options": ["size=1m"]}]})",
     .check = check_bind_value},
    {.id = "mounts/bind-superblock",
     .severity = Severity::warning,
     .summary = "a bind mount has no options of a filesystem as a whole",
     .details =
         "Options such as sync and lazytime belong to a filesystem, not to one of its mounts: for a bind "
         "mount they have no effect, and some runtimes refuse them, oci-run among them.",
     .source = "config.md#linux-mount-options, mount(2)",
     .bad = R"({"mounts": [{"destination": "/srv", "source": "/srv", "options": ["rbind", "sync"]}]})",
     .good = R"({"mounts": [{"destination": "/srv", "type": "tmpfs", "options": ["sync"]}]})",
     .check = check_bind_superblock},
    {.id = "mounts/option",
     .summary = "an option is one that the filesystem has",
     .details = "What isn't an option of mount(8) goes to the filesystem, and the kernel's own ones, such as "
                "tmpfs and proc, refuse what they don't know.",
     .source = "config.md#linux-mount-options, tmpfs(5), proc(5)",
     .bad = R"({"mounts": [{"destination": "/tmp", "type": "tmpfs", "options": ["nosiud", "sise=1m"]}]})",
     .good =
         R"({"mounts": [{"destination": "/tmp", "type": "tmpfs", "options": ["nosuid", "size=1m", "noswap", "nofail"]}]})",
     .check = check_options},
    {.id = "mounts/mapping-pair",
     .summary = "a mount has uidMappings and gidMappings, or neither",
     .details = "The one must be specified along with the other.",
     .source = "config.md#posix-platform-mounts",
     .bad =
         R"({"mounts": [{"destination": "/srv", "source": "/srv", "options": ["rbind", "idmap"], "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}]})",
     .good =
         R"({"mounts": [{"destination": "/srv", "source": "/srv", "options": ["rbind", "idmap"], "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}]})",
     .runtime_refuses = true,
     .check = check_mapping_pair},
    {.id = "mounts/idmap",
     .summary = "idmap and ridmap have mappings to apply",
     .details =
         "They apply the mappings of the mount, or else those of the container's user namespace. Runtimes "
         "must refuse them if there are neither.",
     .source = "config.md#linux-mount-options",
     .bad = R"({"mounts": [{"destination": "/srv", "source": "/srv", "options": ["bind", "idmap"]}]})",
     .good =
         R"({"mounts": [{"destination": "/srv", "source": "/srv", "options": ["bind", "idmap"]}], "linux": {"namespaces": [{"type": "mount"}, {"type": "user", "path": "/proc/1/ns/user"}]}})",
     .runtime_refuses = true,
     .check = check_idmap},
    {.id = "mounts/idmap-unmarked",
     .severity = Severity::warning,
     .summary = "a mount with mappings has the option idmap or ridmap",
     .details = "The option says whether the mounts below are mapped as well, and keeps older runtimes from "
                "ignoring the mappings.",
     .source = "config.md#posix-platform-mounts",
     .bad =
         R"({"mounts": [{"destination": "/srv", "source": "/srv", "options": ["bind"], "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}]})",
     .good =
         R"({"mounts": [{"destination": "/srv", "source": "/srv", "options": ["bind", "idmap"], "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}]})",
     .check = check_mappings_unmarked},
    {.id = "mounts/idmap-bind",
     .severity = Severity::warning,
     .summary = "a mount with mapped IDs is a bind mount",
     .details = "The specification doesn't demand it, but runtimes such as runc map bind mounts only.",
     .source = "config.md#posix-platform-mounts",
     .bad =
         R"({"mounts": [{"destination": "/srv", "type": "tmpfs", "options": ["idmap"], "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}]})",
     .good =
         R"({"mounts": [{"destination": "/srv", "source": "/srv", "options": ["bind", "idmap"], "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}]})",
     .check = check_mapped_kind},
    {.id = "mounts/hidden",
     .severity = Severity::warning,
     .summary = "no mount is hidden by a later one",
     .details = "Mounts are made in the order of the list: one at the same place, or above, hides what was "
                "mounted before. Put /dev before /dev/pts.",
     .source = "config.md#mounts",
     .bad =
         R"({"mounts": [{"destination": "/dev/pts", "type": "devpts"}, {"destination": "/dev/", "type": "tmpfs"}]})",
     .good =
         R"({"mounts": [{"destination": "/dev", "type": "tmpfs"}, {"destination": "/dev/pts", "type": "devpts"}, {"destination": "/dev/pts", "options": ["remount", "ro"]}]})",
     .check = check_hidden},
    {.id = "mounts/sysfs-network",
     .summary = "sysfs in a user namespace comes with a network namespace",
     .details =
         "sysfs shows the network, and the kernel lets only the owner of the network namespace mount it. "
         "Bind the host's /sys instead, or add a network namespace.",
     .source = "config-linux.md#namespaces, user_namespaces(7)",
     .bad =
         R"({"mounts": [{"destination": "/sys", "type": "sysfs"}], "linux": {"namespaces": [{"type": "mount"}, {"type": "user", "path": "/proc/1/ns/user"}]}})",
     .good =
         R"({"mounts": [{"destination": "/sys", "type": "sysfs"}], "linux": {"namespaces": [{"type": "mount"}, {"type": "network"}, {"type": "user", "path": "/proc/1/ns/user"}]}})",
     .check = check_sysfs},
    {.id = "mounts/host-access",
     .severity = Severity::warning,
     .summary = "the container gets neither the host's root nor the socket of an engine",
     .details = "Either is as good as being root on the host. If it is meant so, turn the rule off.",
     .source = "config.md#mounts",
     .bad =
         R"({"mounts": [{"destination": "/run/docker.sock", "source": "/var/run/docker.sock", "options": ["bind"]}]})",
     .good = R"({"mounts": [{"destination": "/host", "source": "/srv", "options": ["bind"]}]})",
     .check = check_dangerous},
    {.id = "mounts/default-filesystems",
     .severity = Severity::warning,
     .summary = "there are mounts at /proc, /sys and /dev",
     .details = "Programs of Linux expect them; they should be made available in each container. Without a "
                "mount at /dev the devices are made in the root filesystem itself.",
     .source = "config-linux.md#default-filesystems",
     .bad = R"({"mounts": [{"destination": "/proc", "type": "proc"}]})",
     .good =
         R"({"mounts": [{"destination": "/proc", "type": "proc"}, {"destination": "/sys", "type": "sysfs"}, {"destination": "/dev", "source": "/dev", "options": ["rbind"]}]})",
     .check = check_filesystems},
    {.id = "mounts/device-filesystems",
     .severity = Severity::info,
     .summary = "there are mounts at /dev/pts and /dev/shm",
     .details = "They should be made available in each container: for terminals, and for shared memory.",
     .source = "config-linux.md#default-filesystems",
     .bad = R"({"mounts": [{"destination": "/dev", "type": "tmpfs"}]})",
     .good =
         R"({"mounts": [{"destination": "/dev", "type": "tmpfs"}, {"destination": "/dev/pts", "type": "devpts"}, {"destination": "/dev/shm", "type": "tmpfs"}]})",
     .check = check_device_filesystems},
};

}  // namespace

std::span<const Rule> mount_rules() {
    return rules;
}

}  // namespace ocikit
