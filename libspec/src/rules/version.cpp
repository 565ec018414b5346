// ociVersion, and what is newer than it.
#include <algorithm>
#include <array>

#include <ocikit/text.hpp>
#include <ocikit/version.hpp>

#include "groups.hpp"

namespace ocikit {

namespace {

void check_format(RuleContext& rule) {
    const std::string& text = rule.config.ociVersion;
    if (!Version::parse(text))
        rule.report("/ociVersion", quoted(text) + " is no version, expected one such as \"" +
                                       std::string(spec_version) + '"');
}

void check_major(RuleContext& rule) {
    const auto version = Version::parse(rule.config.ociVersion);
    if (version && version->major > 1)
        rule.report("/ociVersion", "version " + rule.config.ociVersion + " is not one from " +
                                       std::string(oldest_spec_version) + " to " + std::string(spec_version));
}

void check_older(RuleContext& rule) {
    const auto version = Version::parse(rule.config.ociVersion);
    if (version && version->major == 0)
        rule.report("/ociVersion", "version " + rule.config.ociVersion +
                                       " is older than the specification's first, " +
                                       std::string(oldest_spec_version));
}

void check_newer(RuleContext& rule) {
    const auto version = Version::parse(rule.config.ociVersion);
    if (version && version->major == 1 && *version > *Version::parse(spec_version))
        rule.report("/ociVersion", "version " + rule.config.ociVersion + " is newer than " +
                                       std::string(spec_version) + ", which this is checked against");
}

// A property with the version that brought it (the ChangeLog of the specification).
struct Addition {
    std::string_view since;
    std::string_view pointer;
    bool (*used)(const RuleContext&);
};

constexpr auto additions = std::to_array<Addition>({
    {"1.0.1", "/linux/intelRdt", [](const RuleContext& c) { return c.linux.intelRdt.has_value(); }},
    {"1.0.2", "/linux/intelRdt/closID",
     [](const RuleContext& c) { return c.linux.intelRdt && c.linux.intelRdt->closID; }},
    {"1.0.2", "/linux/intelRdt/memBwSchema",
     [](const RuleContext& c) { return c.linux.intelRdt && c.linux.intelRdt->memBwSchema; }},
    {"1.0.2", "/linux/seccomp/flags",
     [](const RuleContext& c) { return c.linux.seccomp && !c.linux.seccomp->flags.empty(); }},
    {"1.0.2", "/process/commandLine", [](const RuleContext& c) { return c.process.commandLine.has_value(); }},
    {"1.0.2", "/hooks/createRuntime",
     [](const RuleContext& c) { return c.config.hooks && !c.config.hooks->createRuntime.empty(); }},
    {"1.0.2", "/hooks/createContainer",
     [](const RuleContext& c) { return c.config.hooks && !c.config.hooks->createContainer.empty(); }},
    {"1.0.2", "/hooks/startContainer",
     [](const RuleContext& c) { return c.config.hooks && !c.config.hooks->startContainer.empty(); }},
    {"1.0.2", "/linux/personality", [](const RuleContext& c) { return c.linux.personality.has_value(); }},
    {"1.0.2", "/process/user/umask",
     [](const RuleContext& c) { return c.process.user && c.process.user->umask; }},
    {"1.1.0", "/domainname", [](const RuleContext& c) { return c.config.domainname.has_value(); }},
    {"1.1.0", "/process/scheduler", [](const RuleContext& c) { return c.process.scheduler.has_value(); }},
    {"1.1.0", "/process/ioPriority", [](const RuleContext& c) { return c.process.ioPriority.has_value(); }},
    {"1.1.0", "/linux/timeOffsets", [](const RuleContext& c) { return !c.linux.timeOffsets.empty(); }},
    {"1.1.0", "/linux/resources/unified", [](const RuleContext& c) { return !c.resources.unified.empty(); }},
    {"1.1.0", "/linux/resources/cpu/idle",
     [](const RuleContext& c) { return c.resources.cpu && c.resources.cpu->idle; }},
    {"1.1.0", "/linux/resources/cpu/burst",
     [](const RuleContext& c) { return c.resources.cpu && c.resources.cpu->burst; }},
    {"1.1.0", "/linux/resources/memory/checkBeforeUpdate",
     [](const RuleContext& c) { return c.resources.memory && c.resources.memory->checkBeforeUpdate; }},
    {"1.1.0", "/linux/seccomp/listenerPath",
     [](const RuleContext& c) { return c.linux.seccomp && c.linux.seccomp->listenerPath; }},
    {"1.1.0", "/linux/seccomp/listenerMetadata",
     [](const RuleContext& c) { return c.linux.seccomp && c.linux.seccomp->listenerMetadata; }},
    {"1.1.0", "/linux/seccomp/defaultErrnoRet",
     [](const RuleContext& c) { return c.linux.seccomp && c.linux.seccomp->defaultErrnoRet; }},
    {"1.1.0", "/zos", [](const RuleContext& c) { return c.config.zos.has_value(); }},
    {"1.2.1", "/process/execCPUAffinity",
     [](const RuleContext& c) { return c.process.execCPUAffinity.has_value(); }},
    {"1.3.0", "/linux/netDevices", [](const RuleContext& c) { return !c.linux.netDevices.empty(); }},
    {"1.3.0", "/linux/memoryPolicy", [](const RuleContext& c) { return c.linux.memoryPolicy.has_value(); }},
    {"1.3.0", "/linux/intelRdt/schemata",
     [](const RuleContext& c) { return c.linux.intelRdt && !c.linux.intelRdt->schemata.empty(); }},
    {"1.3.0", "/linux/intelRdt/enableMonitoring",
     [](const RuleContext& c) { return c.linux.intelRdt && c.linux.intelRdt->enableMonitoring; }},
    {"1.3.0", "/vm/hwConfig",
     [](const RuleContext& c) { return c.config.vm && c.config.vm->contains("hwConfig"); }},
    {"1.3.0", "/freebsd", [](const RuleContext& c) { return c.config.freebsd.has_value(); }},
});

// Those that may be at several places.
template <class Visit>
void for_each_newer_entry(const RuleContext& rule, Visit visit) {
    for (std::size_t i = 0; i < rule.linux.namespaces.size(); ++i)
        if (rule.linux.namespaces[i].type == spec::NamespaceType::time)
            visit("1.1.0", pointer_append("/linux/namespaces", i) + "/type", Document::Part::value);
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const spec::Mount& mount = rule.config.mounts[i];
        const std::string pointer = pointer_append("/mounts", i);
        if (!mount.uidMappings.empty())
            visit("1.1.0", pointer + "/uidMappings", Document::Part::key);
        for (std::size_t k = 0; k < mount.options.size(); ++k)
            if (mount.options[k] == "idmap" || mount.options[k] == "ridmap")
                visit("1.2.0", pointer_append(pointer + "/options", k), Document::Part::value);
    }
    if (rule.linux.seccomp)
        for (std::size_t i = 0; i < rule.linux.seccomp->syscalls.size(); ++i) {
            const spec::Syscall& one = rule.linux.seccomp->syscalls[i];
            const std::string pointer = pointer_append("/linux/seccomp/syscalls", i);
            if (one.errnoRet)
                visit("1.1.0", pointer + "/errnoRet", Document::Part::key);
            if (one.action == spec::SeccompAction::notify)
                visit("1.1.0", pointer + "/action", Document::Part::value);
        }
}

// What the bundle may use: its own version, or the older one that it is held to.
std::optional<Version> usable_version(const RuleContext& rule) {
    auto version = Version::parse(rule.config.ociVersion);
    if (!version || version->major != 1)
        return std::nullopt;
    version->prerelease.clear();  // runtimes wrote 1.0.2-dev for years, and meant what became 1.1.0
    if (rule.config.ociVersion.starts_with("1.0.2-"))
        version = Version::parse("1.1.0");
    if (rule.held_to && *rule.held_to < *version)
        version = rule.held_to;
    return version;
}

std::string text_of(const Version& version) {
    return std::to_string(version.major) + '.' + std::to_string(version.minor) + '.' +
           std::to_string(version.patch);
}

void check_additions(RuleContext& rule) {
    const auto version = usable_version(rule);
    if (!version)
        return;
    const auto check = [&rule, &version](std::string_view since, std::string pointer, Document::Part part) {
        if (*version < *Version::parse(since))
            rule.report(std::move(pointer),
                        "since version " + std::string(since) + " of the specification, but this is " +
                            text_of(*version) + ": a runtime of that version ignores it",
                        part);
    };
    for (const Addition& addition : additions)
        if (addition.used(rule))
            check(addition.since, std::string(addition.pointer), Document::Part::key);
    for_each_newer_entry(rule, check);
}

void check_held(RuleContext& rule) {
    const auto version = Version::parse(rule.config.ociVersion);
    if (version && rule.held_to && *version > *rule.held_to)
        rule.report("/ociVersion", "version " + rule.config.ociVersion + " is newer than " +
                                       text_of(*rule.held_to) + ", which the bundle is held to");
}

constexpr Rule rules[] = {
    {.id = "version/format",
     .summary = "ociVersion is a semantic version",
     .details =
         "ociVersion must have the form MAJOR.MINOR.PATCH, with a pre-release after a dash if need be. "
         "It is the version of the specification, not that of an image or a runtime.",
     .source = "config.md#specification-version",
     .bad = R"({"ociVersion": "1.0"})",
     .good = R"({"ociVersion": "1.0.2-dev"})",
     .runtime_refuses = true,
     .any_platform = true,
     .check = check_format},
    {.id = "version/major",
     .summary = "ociVersion is at most a version 1",
     .details = "Versions are compatible with each other within a major version only, and the one that there "
                "is, is 1.",
     .source = "config.md#specification-version",
     .bad = R"({"ociVersion": "2.0.0"})",
     .good = R"({"ociVersion": "1.2.1"})",
     .runtime_refuses = true,
     .any_platform = true,
     .check = check_major},
    {.id = "version/old",
     .severity = Severity::warning,
     .summary = "ociVersion is not older than 1.0.0",
     .details = "Drafts of the specification had versions from 0.1.0 on. Runtimes take their bundles, as "
                "far as they hold what is in 1.0.0, too.",
     .source = "config.md#specification-version",
     .bad = R"({"ociVersion": "0.5.0-dev"})",
     .good = R"({"ociVersion": "1.0.0"})",
     .any_platform = true,
     .check = check_older},
    {.id = "version/unknown",
     .severity = Severity::warning,
     .summary = "ociVersion is not newer than the specification that is checked against",
     .details = "A later version of the specification may have properties and values that are unknown here.",
     .source = "config.md#specification-version",
     .bad = R"({"ociVersion": "1.9.0"})",
     .good = R"({"ociVersion": "1.3.0"})",
     .any_platform = true,
     .check = check_newer},
    {.id = "version/newer-property",
     .severity = Severity::warning,
     .summary = "there is no property that is newer than ociVersion",
     .details = "A runtime of the version that the bundle names need not know the property, and must ignore "
                "what it doesn't know. Raise ociVersion to the version that brought the property.",
     .source = "config.md#specification-version, config.md#extensibility",
     .bad = R"({"ociVersion": "1.0.2", "linux": {"netDevices": {"eth0": {}}}})",
     .good = R"({"ociVersion": "1.3.0", "linux": {"netDevices": {"eth0": {}}}})",
     .any_platform = true,
     .check = check_additions},
    {.id = "version/held",
     .severity = Severity::warning,
     .summary = "ociVersion is not newer than the version that the bundle is held to",
     .details = "With oci-validate --spec-version a bundle is checked for runtimes of that version: they may "
                "refuse a newer one, and ignore its properties.",
     .source = "config.md#specification-version",
     .any_platform = true,
     .check = check_held},
};

}  // namespace

Version needed_version(const spec::Config& config) {
    const Document none = Document::parse("{}", {});
    Diagnostics nothing;
    const RuleContext context(none, config, nothing, {});
    Version needed = *Version::parse(oldest_spec_version);
    const auto need = [&needed](std::string_view since, const std::string&, Document::Part) {
        needed = std::max(needed, *Version::parse(since));
    };
    for (const Addition& addition : additions)
        if (addition.used(context))
            need(addition.since, {}, Document::Part::key);
    for_each_newer_entry(context, need);
    return needed;
}

std::span<const Rule> version_rules() {
    return rules;
}

}  // namespace ocikit
