#include "oci-gen/gen.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <ocikit/bundle.hpp>
#include <ocikit/decode.hpp>
#include <ocikit/error.hpp>
#include <ocikit/rules.hpp>
#include <ocikit/schema.hpp>
#include <ocikit/version.hpp>

#include "archive/descriptor_limit.hpp"
#include "archive/interrupt.hpp"
#include "common/output.hpp"
#include "oci-gen/base.hpp"
#include "oci-gen/explain.hpp"
#include "oci-gen/image_base.hpp"
#include "oci-gen/output_file.hpp"
#include "oci-gen/profile.hpp"
#include "oci-gen/steps.hpp"
#include "oci-gen/text_diff.hpp"

namespace ocikit::gen {

namespace {

// Where the config goes; empty: standard output.
std::string output_path(const cli::Arguments& arguments) {
    const std::optional<std::string> path = arguments.value("output");
    if (!path)
        return {};
    if (path->empty())
        throw cli::UsageError("option '--output': the path is empty");
    std::error_code ignored;  // writing will tell
    return std::filesystem::is_directory(*path, ignored) ? *path + '/' + config_file_name : *path;
}

std::string bundle_of(const std::string& output) {
    const std::filesystem::path directory = std::filesystem::path(output).parent_path();
    return (directory.empty() ? std::filesystem::current_path() : directory).string();
}

std::string worded(const Diagnostic& finding) {
    const std::string at =
        finding.pointer.empty() ? "line " + std::to_string(finding.position.line) : finding.pointer;
    return at + ": " + finding.message;
}

// Raises the version to that of the newest property which has been added; one that is set by
// name stays. Runtimes refuse versions newer than themselves (crun 1.8: "unknown version
// specified" for 1.3.0), so that it is never higher than need be.
void raise_version(Draft& draft, const Draft& base, const cli::Arguments& arguments) {
    const auto names_it = [](const cli::Arguments::Given& option) {
        return option.name == "set" && option.value.starts_with("/ociVersion=");
    };
    if (std::any_of(arguments.given.begin(), arguments.given.end(), names_it))
        return;
    const std::string before = base.config().ociVersion;
    const auto had = needed_version(base.config());
    draft.change([&](spec::Config& config) {
        const auto current = Version::parse(config.ociVersion);
        const auto needed = needed_version(config);
        if (config.ociVersion == before && current && *current < needed && had < needed)
            config.ociVersion = std::to_string(needed.major) + '.' + std::to_string(needed.minor) + '.' +
                                std::to_string(needed.patch);
    });
}

// What the schema, the types and the rules say.
Diagnostics check(const std::string& text) {
    const Document document = Document::parse(text, config_file_name);
    Diagnostics found = document.diagnostics();
    if (!document.has_value())
        return found;
    validate_schema(document, DocumentType::config, found);
    Diagnostics decoding;
    const auto config = decode_config(document, decoding);
    // what the schema refuses isn't told twice, in other words
    if (!has_errors(found) || !has_errors(decoding))
        found.insert(found.end(), decoding.begin(), decoding.end());
    if (config && !has_errors(found))
        check_config(document, *config, found);
    return found;
}

Draft change_base(const Draft& base, const cli::Arguments& arguments, const std::string& bundle) {
    Draft draft = base;
    apply_command_line(draft, arguments, bundle);
    try {
        raise_version(draft, base, arguments);
    } catch (const Error&) {
        // the check will tell what is wrong with it, if there is to be one
    }
    return draft;
}

void write_result(const cli::Arguments& arguments, const std::optional<image::Image>& image) {
    const std::string output = output_path(arguments);
    Draft base = make_base(arguments);
    std::optional<ImageBundle> unpacked;
    if (image && arguments.flag("unpack"))
        unpacked.emplace(*image, base, arguments);
    const std::string bundle =
        unpacked ? unpacked->directory() : bundle_of(output.empty() ? template_path(arguments) : output);
    if (image)
        apply_image(base, *image, arguments, bundle, unpacked ? &*unpacked : nullptr);
    const Draft draft = change_base(base, arguments, bundle);
    const std::string text = arguments.flag("no-validate") ? draft.text() : checked_text(draft);
    if (unpacked)
        unpacked->commit(draft, text);
    else if (!output.empty())
        write_file(output, text, arguments.flag("force"));
    if (arguments.flag("diff"))
        cli::print(unified_diff(base.text(), text, base_name(arguments),
                                output.empty() ? config_file_name : output));
    else if (output.empty())
        cli::print(text);
}

}  // namespace

Draft make_config(const cli::Arguments& arguments, const std::string& bundle) {
    return change_base(make_base(arguments), arguments, bundle);
}

std::string checked_text(const Draft& draft) {
    std::string text = draft.text();
    const Diagnostics found = check(text);
    std::string defect;
    for (const Diagnostic& finding : found) {
        if (finding.severity != Severity::error)
            continue;
        if (!defect.empty())
            cli::complain("oci-gen", defect);
        defect = "the result would not be valid: " + worded(finding);
    }
    if (!defect.empty())
        throw Error(defect, "--no-validate writes it as it is");
    for (const Diagnostic& finding : found)
        if (finding.severity == Severity::warning)
            cli::complain("oci-gen", "warning: " + worded(finding));
    return text;
}

int run(const cli::Arguments& arguments) {
    if (arguments.flag("list-profiles")) {
        cli::print(profile_list());
        return EXIT_SUCCESS;
    }
    if (arguments.flag("explain-flags")) {
        cli::print(flag_explanations());
        return EXIT_SUCCESS;
    }
    const auto image = find_image(arguments);
    if (!arguments.flag("unpack")) {
        write_result(arguments, image);
        return EXIT_SUCCESS;
    }
    archive::catch_interrupts();
    archive::raise_descriptor_limit();
    try {
        write_result(arguments, image);
    } catch (const archive::Interrupted& interrupted) {
        archive::die_by(interrupted.signal);
    }
    return EXIT_SUCCESS;
}

}  // namespace ocikit::gen
