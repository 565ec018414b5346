// The root filesystem.
#include <ocikit/text.hpp>

#include "groups.hpp"
#include "values.hpp"

namespace ocikit {

namespace {

void check_path(RuleContext& rule) {
    if (rule.config.root && rule.config.root->path.empty())
        rule.report("/root/path", "the path is empty");
}

void check_host_root(RuleContext& rule) {
    if (!rule.config.root)
        return;
    const std::string& path = rule.config.root->path;
    if (path.starts_with('/') && clean_path(path) == "/")
        rule.report("/root/path", "this is the host's own root directory");
}

void check_name(RuleContext& rule) {
    if (!rule.config.root)
        return;
    const std::string& path = rule.config.root->path;
    if (!path.empty() && path[0] != '/' && !clean_path(path).ends_with("/rootfs"))
        rule.report("/root/path", quoted(path) + " is not the usual name, rootfs");
}

void check_writable(RuleContext& rule) {
    if (!rule.config.root || !rule.config.root->readonly.value_or(false))
        return;
    for (const spec::Mount& mount : rule.config.mounts)
        if (const std::string path = clean_path(mount.destination);
            path == "/tmp" || path == "/run" || path == "/")
            return;
    rule.report("/root/readonly", "nothing is mounted at /tmp or /run, where programs expect to write");
}

void check_propagation(RuleContext& rule) {
    if (!rule.linux.rootfsPropagation)
        return;
    if (const std::string value = spec::to_text(*rule.linux.rootfsPropagation); value.starts_with('r'))
        rule.report("/linux/rootfsPropagation",
                    quoted(value) + " is not a value of the specification, write " + quoted(value.substr(1)));
}

constexpr Rule rules[] = {
    {.id = "root/missing",
     .summary = "a bundle has a root",
     .details = "On all platforms but Windows root is required. A document by itself, which belongs to no "
                "bundle, is let off, since what writes it may know the path only later.",
     .source = "config.md#root",
     .bad = R"({"root": null})",
     .good = R"({"root": {"path": "rootfs"}})",
     .runtime_refuses = true,
     .scope = RuleScope::bundle},
    {.id = "root/exists",
     .summary = "the root directory exists",
     .details =
         "A directory must exist at root.path, which counts from the bundle's directory if it is relative.",
     .source = "config.md#root",
     .bad = R"({"root": {"path": "no-such-directory"}})",
     .good = R"({"root": {"path": "rootfs"}})",
     .runtime_refuses = true,
     .scope = RuleScope::bundle},
    {.id = "root/symlink",
     .summary = "root.path is not a symbolic link",
     .details =
         "runc refuses a root that is a symbolic link, since it may be changed between the check and its "
         "use. Name the directory that it leads to.",
     .source = "config.md#root",
     .bad = R"({"root": {"path": "link"}})",
     .good = R"({"root": {"path": "rootfs"}})",
     .scope = RuleScope::bundle},
    {.id = "root/empty",
     .severity = Severity::warning,
     .summary = "the root directory is not empty",
     .details =
         "An empty directory is where an engine mounts a root filesystem, or waits to be filled: whether "
         "the program is there can't be told.",
     .source = "config.md#root",
     .scope = RuleScope::bundle},
    {.id = "root/name",
     .severity = Severity::warning,
     .summary = "a root in the bundle is named rootfs",
     .details = "rootfs is the conventional name of a root filesystem that is in the bundle's directory. One "
                "that is elsewhere, by an absolute path, may have any name.",
     .source = "config.md#root",
     .bad = R"({"root": {"path": "root"}})",
     .good = R"({"root": {"path": "/srv/images/web"}})",
     .check = check_name},
    {.id = "root/writable-directories",
     .severity = Severity::info,
     .summary = "a read-only root has something to write to at /tmp or /run",
     .details = "Many programs keep temporary files or sockets there: mount a tmpfs.",
     .source = "config.md#root",
     .bad = R"({"root": {"path": "rootfs", "readonly": true}})",
     .good =
         R"({"root": {"path": "rootfs", "readonly": true}, "mounts": [{"destination": "/tmp", "type": "tmpfs"}]})",
     .check = check_writable},
    {.id = "root/path-empty",
     .summary = "root.path is not empty",
     .details = "An empty path names no directory.",
     .source = "config.md#root",
     .bad = R"({"root": {"path": ""}})",
     .good = R"({"root": {"path": "rootfs"}})",
     .runtime_refuses = true,
     .posix = true,
     .check = check_path},
    {.id = "root/host-root",
     .summary = "root.path is not the host's root directory",
     .details =
         "The host's root can't become the root of a container: pivot_root(2) wants another mount, and "
         "the container's mounts and devices would be made in the host's directories.",
     .source = "config.md#root, pivot_root(2)",
     .bad = R"({"root": {"path": "/"}})",
     .good = R"({"root": {"path": "/srv/rootfs"}})",
     .runtime_refuses = true,
     .check = check_host_root},
    {.id = "root/propagation",
     .severity = Severity::warning,
     .summary = "rootfsPropagation is shared, slave, private or unbindable",
     .details =
         "Engines write rslave and the like, as they are named for mounts, and runtimes take them: for "
         "the root they mean the same without the r.",
     .source = "config-linux.md#rootfs-mount-propagation",
     .bad = R"({"linux": {"rootfsPropagation": "rslave"}})",
     .good = R"({"linux": {"rootfsPropagation": "slave"}})",
     .check = check_propagation},
};

}  // namespace

std::span<const Rule> root_rules() {
    return rules;
}

}  // namespace ocikit
