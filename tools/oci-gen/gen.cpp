#include "oci-gen/gen.hpp"

#include <cstdlib>
#include <filesystem>

#include <ocikit/bundle.hpp>
#include <ocikit/decode.hpp>
#include <ocikit/error.hpp>
#include <ocikit/rules.hpp>
#include <ocikit/schema.hpp>

#include "common/output.hpp"
#include "oci-gen/base.hpp"
#include "oci-gen/output_file.hpp"
#include "oci-gen/profile.hpp"
#include "oci-gen/steps.hpp"

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

}  // namespace

Draft make_config(const cli::Arguments& arguments, const std::string& bundle) {
    Draft draft = make_base(arguments, bundle);
    apply_command_line(draft, arguments, bundle);
    return draft;
}

namespace {

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

}  // namespace

std::string checked_text(const Draft& draft) {
    std::string text = draft.text();
    const Diagnostics found = check(text);
    for (const Diagnostic& finding : found)
        if (finding.severity == Severity::error)
            throw Error("the result would not be valid: " + worded(finding),
                        "--no-validate writes it as it is");
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
    const std::string output = output_path(arguments);
    const Draft draft = make_config(arguments, bundle_of(output));
    const std::string text = arguments.flag("no-validate") ? draft.text() : checked_text(draft);
    if (output.empty())
        cli::print(text);
    else
        write_file(output, text, arguments.flag("force"));
    return EXIT_SUCCESS;
}

}  // namespace ocikit::gen
