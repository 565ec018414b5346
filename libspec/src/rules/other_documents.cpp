// What the specification demands of a container's state, and of what a runtime says it can do.
#include <algorithm>

#include <ocikit/mount_option.hpp>
#include <ocikit/rules.hpp>
#include <ocikit/text.hpp>

#include "groups.hpp"

namespace ocikit {

namespace {

constexpr auto document_scope = RuleScope::document;

constexpr Rule rules[] = {
    {.id = "state/version",
     .summary = "ociVersion of a state is a semantic version",
     .details = "It is the version of the specification that the state complies with.",
     .source = "runtime.md#state",
     .any_platform = true,
     .scope = document_scope},
    {.id = "state/id",
     .summary = "the id of a state is not empty",
     .details = "It names the container, uniquely on its host.",
     .source = "runtime.md#state",
     .any_platform = true,
     .scope = document_scope},
    {.id = "state/status",
     .severity = Severity::info,
     .summary = "status is creating, created, running or stopped",
     .details = "A runtime may have more, such as paused, for states that are none of these.",
     .source = "runtime.md#state",
     .any_platform = true,
     .scope = document_scope},
    {.id = "state/pid",
     .summary = "a state that is created or running has a pid",
     .details = "On Linux the ID of the process is required then, and it is above 0.",
     .source = "runtime.md#state",
     .any_platform = true,
     .scope = document_scope},
    {.id = "state/bundle-absolute",
     .summary = "the bundle of a state is an absolute path",
     .details = "Hooks and others find the bundle by it, wherever they are called.",
     .source = "runtime.md#state",
     .any_platform = true,
     .scope = document_scope},
    {.id = "features/version",
     .summary = "ociVersionMin and ociVersionMax are versions in their order",
     .details =
         "Both must be semantic versions that the runtime takes as ociVersion, and the greatest must not "
         "be less than the least.",
     .source = "features.md#specification-version",
     .any_platform = true,
     .scope = document_scope},
    {.id = "features/hook",
     .severity = Severity::warning,
     .summary = "hooks are those of the specification",
     .details = "The runtime must support them as properties of hooks in config.json, which has six.",
     .source = "features.md#hooks",
     .any_platform = true,
     .scope = document_scope},
    {.id = "features/mount-option",
     .severity = Severity::warning,
     .summary = "mountOptions has no options of single filesystems",
     .details = "The list should have what the runtime itself acts on, and not what it passes on as data.",
     .source = "features.md#mount-options",
     .any_platform = true,
     .scope = document_scope},
    {.id = "features/seccomp-flags",
     .severity = Severity::warning,
     .summary = "supportedFlags are among knownFlags",
     .details = "A flag that is supported must be recognized as well.",
     .source = "features-linux.md#seccomp",
     .any_platform = true,
     .scope = document_scope},
};

class Reporter {
  public:
    Reporter(const Document& document, Diagnostics& diagnostics)
        : document_(document), diagnostics_(diagnostics) {}

    void operator()(std::string_view id, std::string message, std::string pointer) {
        diagnostics_.push_back(
            document_.at(find_rule(id)->severity, std::string(id), std::move(message), std::move(pointer)));
    }

  private:
    const Document& document_;
    Diagnostics& diagnostics_;
};

bool is_absolute_anywhere(std::string_view path) {
    const bool of_windows = path.size() >= 3 && path[1] == ':' && (path[2] == '\\' || path[2] == '/');
    return path.starts_with('/') || path.starts_with("\\\\") || of_windows;
}

void check_keys(const std::map<std::string, std::string>& annotations, Reporter& report) {
    if (annotations.contains(""))
        report("annotations/key", "the key of an annotation is empty", "/annotations/");
}

}  // namespace

std::span<const Rule> other_document_rules() {
    return rules;
}

void check_state(const Document& document, const spec::State& state, Diagnostics& diagnostics) {
    Reporter report(document, diagnostics);
    if (!Version::parse(state.ociVersion))
        report("state/version", quoted(state.ociVersion) + " is no version", "/ociVersion");
    if (state.id.empty())
        report("state/id", "the id is empty", "/id");
    if (!is_absolute_anywhere(state.bundle))
        report("state/bundle-absolute", quoted(state.bundle) + " is not an absolute path", "/bundle");
    const bool runs = state.status == "created" || state.status == "running";
    if (!runs && state.status != "creating" && state.status != "stopped")
        report("state/status", quoted(state.status) + " is a status of the runtime's own", "/status");
    const bool of_windows = !state.bundle.starts_with('/');
    if (runs && !state.pid && !of_windows)
        report("state/pid",
               "the property \"pid\" is missing, which a container that is " + state.status + " has", "");
    else if (runs && state.pid && *state.pid <= 0)
        report("state/pid", std::to_string(*state.pid) + " is the ID of no process", "/pid");
    check_keys(state.annotations, report);
}

void check_features(const Document& document, const spec::Features& features, Diagnostics& diagnostics) {
    Reporter report(document, diagnostics);
    const auto least = Version::parse(features.ociVersionMin),
               greatest = Version::parse(features.ociVersionMax);
    if (!least)
        report("features/version", quoted(features.ociVersionMin) + " is no version", "/ociVersionMin");
    if (!greatest)
        report("features/version", quoted(features.ociVersionMax) + " is no version", "/ociVersionMax");
    if (least && greatest && *greatest < *least)
        report("features/version", features.ociVersionMax + " is less than " + features.ociVersionMin,
               "/ociVersionMax");
    const std::vector<std::string_view> hooks{"prestart",       "createRuntime", "createContainer",
                                              "startContainer", "poststart",     "poststop"};
    for (std::size_t i = 0; i < features.hooks.size(); ++i)
        if (std::find(hooks.begin(), hooks.end(), features.hooks[i]) == hooks.end()) {
            const auto meant = nearest(features.hooks[i], hooks);
            report("features/hook",
                   "there are no hooks " + quoted(features.hooks[i]) +
                       (meant.empty() ? "" : ", did you mean " + quoted(meant) + '?'),
                   pointer_append("/hooks", i));
        }
    for (std::size_t i = 0; i < features.mountOptions.size(); ++i)
        if (const std::string& option = features.mountOptions[i];
            !find_mount_option(option) && option != "acl" && option != "noacl")
            report("features/mount-option", quoted(option) + " is not one of the specification",
                   pointer_append("/mountOptions", i));
    if (features.linux && features.linux->seccomp) {
        const auto& known = features.linux->seccomp->knownFlags;
        const auto& supported = features.linux->seccomp->supportedFlags;
        for (std::size_t i = 0; i < supported.size(); ++i)
            if (!known.empty() && std::find(known.begin(), known.end(), supported[i]) == known.end())
                report("features/seccomp-flags", spec::to_text(supported[i]) + " is not among knownFlags",
                       pointer_append("/linux/seccomp/supportedFlags", i));
    }
    check_keys(features.annotations, report);
}

}  // namespace ocikit
