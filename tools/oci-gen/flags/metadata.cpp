// Annotations and hooks: what is for the runtime and for those who use it.
#include <array>
#include <fcntl.h>

#include <ocikit/signal_name.hpp>
#include <ocikit/text.hpp>

#include "oci-gen/flags/groups.hpp"
#include "oci-gen/flags/lines.hpp"
#include "oci-gen/values.hpp"

namespace ocikit::gen {

namespace {

void annotate(FlagContext& context, std::string_view option, const std::string& text) {
    const auto [key, value] = split_pair(text);
    if (key.empty())
        throw unusable(option, "'" + text + "' has no name before the =");
    context.config.annotations[key] = value.value_or("");
}

void set_label_file(FlagContext& context, const FlagValues& values) {
    for (const std::string& path : values)
        for (const std::string& line : lines_of(path))
            annotate(context, "label-file", line);
}

void set_labels(FlagContext& context, const FlagValues& values) {
    for (const std::string& value : values)
        annotate(context, "label", value);
}

void set_annotations(FlagContext& context, const FlagValues& values) {
    for (const std::string& value : values)
        annotate(context, "annotation", value);
}

void set_stop_signal(FlagContext& context, const FlagValues& values) {
    if (!signal_number(values.back()))
        throw unusable("stop-signal", "there is no signal " + quoted(values.back()));
    context.config.annotations["org.opencontainers.image.stopSignal"] = values.back();
}

struct HookKind {
    std::string_view name;
    std::vector<spec::Hook> spec::Hooks::*hooks;
};
constexpr auto hook_kinds = std::to_array<HookKind>({
    {"prestart", &spec::Hooks::prestart},
    {"createRuntime", &spec::Hooks::createRuntime},
    {"createContainer", &spec::Hooks::createContainer},
    {"startContainer", &spec::Hooks::startContainer},
    {"poststart", &spec::Hooks::poststart},
    {"poststop", &spec::Hooks::poststop},
});

const HookKind& hook_kind(const std::string& name) {
    std::vector<std::string> names;
    for (const HookKind& kind : hook_kinds) {
        if (kind.name == name)
            return kind;
        names.emplace_back(kind.name);
    }
    throw unusable("hook", "there is no kind " + quoted(name) + ", expected " + one_of(names));
}

void add_hooks(FlagContext& context, const FlagValues& values) {
    for (const std::string& value : values) {
        const auto [kind, command] = split_pair(value);
        if (!command)
            throw unusable("hook", "expected KIND=PATH[,ARG...], found " + quoted(value));
        const HookKind& known = hook_kind(kind);
        const std::vector<std::string> args = split_commas("hook", *command);
        if (!args[0].starts_with('/'))
            throw unusable("hook", quoted(args[0]) + " is not absolute, it must begin with /");
        if (!context.config.hooks)
            context.config.hooks.emplace();
        ((*context.config.hooks).*known.hooks)
            .push_back({.path = args[0],
                        .args = args.size() > 1 ? args : std::vector<std::string>(),
                        .env = {},
                        .timeout = {}});
    }
}

constexpr Flag flags[] = {
    {.option = {.name = "label-file",
                .argument = "FILE",
                .help = "set annotations: KEY=VALUE lines; those that begin with # are comments",
                .repeatable = true},
     .sets = "/annotations",
     .apply = set_label_file},
    {.option = {.name = "label",
                .letter = 'l',
                .argument = "KEY[=VALUE]",
                .help = "set an annotation, which is where the labels of containers are in a config.json",
                .repeatable = true},
     .sets = "/annotations",
     .apply = set_labels},
    {.option =
         {.name = "annotation", .argument = "KEY[=VALUE]", .help = "set an annotation", .repeatable = true},
     .sets = "/annotations",
     .apply = set_annotations},
    {.option = {.name = "stop-signal",
                .argument = "SIGNAL",
                .help =
                    "annotate which signal asks the program to end (org.opencontainers.image.stopSignal)"},
     .sets = "/annotations",
     .apply = set_stop_signal},
    {.option = {.name = "hook",
                .argument = "KIND=PATH[,ARG...]",
                .help =
                    "run a program of the host at a point of the container's life: prestart, createRuntime, "
                    "createContainer, startContainer, poststart, poststop; arguments with a comma are put "
                    "into double quotes",
                .repeatable = true},
     .sets = "/hooks",
     .apply = add_hooks},
};

}  // namespace

FlagGroup metadata_flags() {
    return {.title = "Annotations and hooks", .flags = flags};
}

}  // namespace ocikit::gen
