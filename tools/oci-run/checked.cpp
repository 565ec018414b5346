#include "checked.hpp"

#include <optional>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/encode.hpp>
#include <ocikit/error.hpp>
#include <ocikit/rules.hpp>
#include <ocikit/version.hpp>

#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

const RuleOptions for_linux{.runtime_only = true, .platform = Platform::linux};

}  // namespace

void refuse_document(const Document& document, const Diagnostics& diagnostics, const std::string& hint) {
    std::size_t errors = 0;
    const Diagnostic* first = nullptr;
    for (const auto& diagnostic : diagnostics)
        if (diagnostic.severity == Severity::error && errors++ == 0)
            first = &diagnostic;
    std::string text = document.name();
    if (first->position.line != 0)
        text += ":" + std::to_string(first->position.line) + ":" + std::to_string(first->position.column);
    text += ": " + (first->pointer.empty() ? "" : first->pointer + ": ") + first->message;
    if (errors > 1)
        text += " (and " + std::to_string(errors - 1) + " more)";
    throw Error(text, hint);
}

spec::Config checked_config(const Document& document) {
    Diagnostics diagnostics = document.diagnostics();
    std::optional<spec::Config> config;
    if (document.has_value() && !has_errors(diagnostics))
        config = decode_config(document, diagnostics);
    if (config)
        check_config(document, *config, diagnostics, for_linux);
    if (!config || has_errors(diagnostics))
        refuse_document(document, diagnostics, "oci-validate shows everything that is wrong with it");
    return std::move(*config);
}

namespace {

// Some rules ask the text for what the model can't tell: whether a member is there.
void check_part(const spec::Config& config, std::string_view pointer) {
    const Document document = Document::parse(boost::json::serialize(encode(config)), "config.json");
    Diagnostics found;
    check_config(document, config, found, for_linux);
    for (const auto& diagnostic : found)
        if (diagnostic.severity == Severity::error && diagnostic.pointer.starts_with(pointer))
            refuse(diagnostic.pointer, diagnostic.message);
}

}  // namespace

void check_process(const spec::Config& container, const spec::Process& process) {
    spec::Config checked;
    checked.ociVersion = container.ociVersion;
    checked.process = process;
    checked.linux = spec::Linux{};
    if (container.linux) {
        checked.linux->namespaces = container.linux->namespaces;
        checked.linux->uidMappings = container.linux->uidMappings;
        checked.linux->gidMappings = container.linux->gidMappings;
    }
    check_part(checked, "/process");
}

void check_limits(const std::string& version, const spec::Resources& resources,
                  const spec::IntelRdt& schemata) {
    spec::Config checked;
    checked.ociVersion = version;
    checked.linux = spec::Linux{};
    checked.linux->resources = resources;
    checked.linux->intelRdt = schemata;
    check_part(checked, "/linux/");
}

}  // namespace ocikit::run
