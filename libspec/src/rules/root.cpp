// The root filesystem.
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
    {.id = "root/path-empty",
     .summary = "root.path is not empty",
     .details = "An empty path names no directory.",
     .source = "config.md#root",
     .bad = R"({"root": {"path": ""}})",
     .good = R"({"root": {"path": "rootfs"}})",
     .runtime_refuses = true,
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
};

}  // namespace

std::span<const Rule> root_rules() {
    return rules;
}

}  // namespace ocikit
