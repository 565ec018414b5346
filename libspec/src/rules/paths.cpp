// Masked and read-only paths.
#include <string_view>
#include <unordered_map>

#include <ocikit/text.hpp>

#include "groups.hpp"
#include "values.hpp"

namespace ocikit {

namespace {

using Lists = std::pair<const char*, const std::vector<std::string>*>;

void check_absolute(RuleContext& rule) {
    for (const auto& [name, paths] : {Lists{"/linux/maskedPaths", &rule.linux.maskedPaths},
                                      Lists{"/linux/readonlyPaths", &rule.linux.readonlyPaths}})
        for (std::size_t i = 0; i < paths->size(); ++i)
            if (!(*paths)[i].starts_with('/'))
                rule.report(pointer_append(name, i), quoted((*paths)[i]) + " is not an absolute path");
}

// What is mounted over the root is behind the container's back: its root directory is the one below.
void check_root(RuleContext& rule) {
    for (const auto& [name, paths] : {Lists{"/linux/maskedPaths", &rule.linux.maskedPaths},
                                      Lists{"/linux/readonlyPaths", &rule.linux.readonlyPaths}})
        for (std::size_t i = 0; i < paths->size(); ++i)
            if ((*paths)[i].starts_with('/') && clean_path((*paths)[i]) == "/")
                rule.report(pointer_append(name, i),
                            quoted((*paths)[i]) + " is the container's root directory itself");
}

void check_namespace(RuleContext& rule) {
    if (rule.has_namespace(spec::NamespaceType::mount))
        return;
    for (const auto& [name, paths] : {Lists{"/linux/maskedPaths", &rule.linux.maskedPaths},
                                      Lists{"/linux/readonlyPaths", &rule.linux.readonlyPaths}})
        if (!paths->empty())
            rule.report(name, "this needs a namespace of type \"mount\", or the host's files would be hidden",
                        Document::Part::key);
}

void check_twice(RuleContext& rule) {
    for (const auto& [name, paths] : {Lists{"/linux/maskedPaths", &rule.linux.maskedPaths},
                                      Lists{"/linux/readonlyPaths", &rule.linux.readonlyPaths}}) {
        std::unordered_map<std::string_view, std::size_t> seen;
        for (std::size_t i = 0; i < paths->size(); ++i)
            if (const auto [first, is_new] = seen.emplace((*paths)[i], i); !is_new)
                rule.report(pointer_append(name, i), quoted((*paths)[i]) + " is there twice",
                            pointer_append(name, first->second), "the first one");
    }
}

constexpr Rule rules[] = {
    {.id = "paths/absolute",
     .summary = "masked and read-only paths are absolute",
     .details = "They are paths inside of the container.",
     .source = "config-linux.md#masked-paths, config-linux.md#readonly-paths",
     .bad = R"({"linux": {"maskedPaths": ["proc/kcore"]}})",
     .good = R"({"linux": {"maskedPaths": ["/proc/kcore"]}})",
     .runtime_refuses = true,
     .check = check_absolute},
    {.id = "paths/root",
     .summary = "the root directory is neither masked nor a read-only path",
     .details =
         "Runtimes mount over these paths, which has no effect on the root directory of a process that "
         "is in it already. root.readonly makes it read-only.",
     .source = "config-linux.md#masked-paths, config-linux.md#readonly-paths",
     .bad = R"({"linux": {"readonlyPaths": ["/."]}})",
     .good = R"({"root": {"path": "rootfs", "readonly": true}})",
     .runtime_refuses = true,
     .check = check_root},
    {.id = "paths/mount-namespace",
     .summary = "masked and read-only paths come with a mount namespace",
     .details = "Paths are masked by mounts over them, which would be there for the host as well.",
     .source = "config-linux.md#masked-paths, config-linux.md#namespaces",
     .bad = R"({"linux": {"namespaces": [{"type": "pid"}], "maskedPaths": ["/proc/kcore"]}})",
     .good = R"({"linux": {"namespaces": [{"type": "mount"}], "maskedPaths": ["/proc/kcore"]}})",
     .check = check_namespace},
    {.id = "paths/duplicate",
     .severity = Severity::warning,
     .summary = "no path is twice among those that are masked, or read-only",
     .details = "The second has no effect.",
     .source = "config-linux.md#masked-paths, config-linux.md#readonly-paths",
     .bad = R"({"linux": {"maskedPaths": ["/proc/kcore", "/proc/kcore"]}})",
     .good = R"({"linux": {"maskedPaths": ["/proc/kcore", "/proc/keys"]}})",
     .check = check_twice},
};

}  // namespace

std::span<const Rule> path_rules() {
    return rules;
}

}  // namespace ocikit
