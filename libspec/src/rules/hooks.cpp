// Hooks.
#include <functional>

#include <ocikit/text.hpp>

#include "groups.hpp"

namespace ocikit {

namespace {

void for_each_hook(const RuleContext& rule,
                   const std::function<void(const spec::Hook&, const std::string& pointer)>& visit) {
    if (!rule.config.hooks)
        return;
    const spec::Hooks& hooks = *rule.config.hooks;
    const std::pair<const char*, const std::vector<spec::Hook>*> kinds[] = {
        {"/hooks/prestart", &hooks.prestart},
        {"/hooks/createRuntime", &hooks.createRuntime},
        {"/hooks/createContainer", &hooks.createContainer},
        {"/hooks/startContainer", &hooks.startContainer},
        {"/hooks/poststart", &hooks.poststart},
        {"/hooks/poststop", &hooks.poststop},
    };
    for (const auto& [kind, list] : kinds)
        for (std::size_t i = 0; i < list->size(); ++i)
            visit((*list)[i], pointer_append(kind, i));
}

void check_paths(RuleContext& rule) {
    for_each_hook(rule, [&rule](const spec::Hook& hook, const std::string& pointer) {
        if (!hook.path.starts_with('/'))
            rule.report(pointer + "/path", quoted(hook.path) + " is not an absolute path");
    });
}

void check_timeouts(RuleContext& rule) {
    for_each_hook(rule, [&rule](const spec::Hook& hook, const std::string& pointer) {
        if (hook.timeout && *hook.timeout <= 0)
            rule.report(pointer + "/timeout", std::to_string(*hook.timeout) + " is not above 0");
    });
}

void check_env(RuleContext& rule) {
    for_each_hook(rule, [&rule](const spec::Hook& hook, const std::string& pointer) {
        for (std::size_t i = 0; i < hook.env.size(); ++i)
            if (const std::string& entry = hook.env[i];
                entry.find('=') == entry.npos || entry.starts_with('='))
                rule.report(pointer_append(pointer + "/env", i),
                            quoted(entry) + " has not the form NAME=VALUE");
    });
}

void check_prestart(RuleContext& rule) {
    if (rule.config.hooks && !rule.config.hooks->prestart.empty())
        rule.report("/hooks/prestart", "prestart is deprecated", Document::Part::key);
}

void check_arguments(RuleContext& rule) {
    for_each_hook(rule, [&rule](const spec::Hook& hook, const std::string& pointer) {
        if (hook.args.empty() && rule.has_member(pointer, "args"))
            rule.report(pointer + "/args",
                        "the first entry is the name of the program: some crash without one");
    });
}

constexpr Rule rules[] = {
    {.id = "hooks/path-absolute",
     .summary = "the path of a hook is absolute",
     .details =
         "Hooks are started by their path; PATH isn't searched. Those of startContainer are looked up in "
         "the container, all others on the host.",
     .source = "config.md#posix-platform-hooks",
     .bad = R"({"hooks": {"poststop": [{"path": "cleanup"}]}})",
     .good = R"({"hooks": {"poststop": [{"path": "/usr/bin/cleanup"}]}})",
     .runtime_refuses = true,
     .posix = true,
     .check = check_paths},
    {.id = "hooks/timeout",
     .summary = "the timeout of a hook is above 0",
     .details =
         "It is the number of seconds before the hook is given up. Leave it out for a hook that may take "
         "any time.",
     .source = "config.md#posix-platform-hooks",
     .bad = R"({"hooks": {"poststart": [{"path": "/bin/true", "timeout": 0}]}})",
     .good = R"({"hooks": {"poststart": [{"path": "/bin/true", "timeout": 1}]}})",
     .runtime_refuses = true,
     .posix = true,
     .check = check_timeouts},
    {.id = "hooks/env-form",
     .severity = Severity::warning,
     .summary = "the environment of a hook is of NAME=VALUE",
     .details = "A program finds a variable by what is before the equals sign.",
     .source = "config.md#posix-platform-hooks, environ(7)",
     .bad = R"({"hooks": {"poststart": [{"path": "/bin/true", "env": ["DEBUG"]}]}})",
     .good = R"({"hooks": {"poststart": [{"path": "/bin/true", "env": ["DEBUG=1"]}]}})",
     .posix = true,
     .check = check_env},
    {.id = "hooks/prestart",
     .severity = Severity::warning,
     .summary = "prestart is deprecated",
     .details =
         "Use createRuntime, createContainer or startContainer, which are called at a defined time and in "
         "defined namespaces.",
     .source = "config.md#prestart",
     .bad = R"({"hooks": {"prestart": [{"path": "/bin/true"}]}})",
     .good = R"({"hooks": {"createRuntime": [{"path": "/bin/true"}]}})",
     .posix = true,
     .check = check_prestart},
    {.id = "hooks/args",
     .severity = Severity::warning,
     .summary = "the arguments of a hook are not empty",
     .details = "args has the program's name first, as that of the process. With an empty list the program "
                "gets no name, which many don't expect; without args it gets its path.",
     .source = "config.md#posix-platform-hooks, execve(2)",
     .bad = R"({"hooks": {"poststop": [{"path": "/bin/true", "args": []}]}})",
     .good = R"({"hooks": {"poststop": [{"path": "/bin/true"}]}})",
     .posix = true,
     .check = check_arguments},
};

}  // namespace

std::span<const Rule> hook_rules() {
    return rules;
}

}  // namespace ocikit
