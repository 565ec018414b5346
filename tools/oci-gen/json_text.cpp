#include "oci-gen/json_text.hpp"

#include <unistd.h>

#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

#include "common/command_line.hpp"

namespace json = boost::json;

namespace ocikit::gen {

namespace {

// A plain copy would stay in the memory of the document, and end with it.
json::value own_copy(const Document& document) {
    return json::value(document.value(), json::storage_ptr());
}

}  // namespace

json::value load_json(const std::string& path) {
    if (path.empty())
        throw cli::UsageError("the name of a file is empty");
    const Document document =
        path == "-" ? Document::load(STDIN_FILENO, "standard input") : Document::load(path);
    for (const Diagnostic& finding : document.diagnostics())
        throw Error(document.name() + ": line " + std::to_string(finding.position.line) + ": " +
                    finding.message);
    return own_copy(document);
}

std::optional<json::value> parse_json(const std::string& text) {
    const Document document = Document::parse(text, "text");
    if (!document.has_value() || !document.diagnostics().empty())
        return std::nullopt;
    return own_copy(document);
}

}  // namespace ocikit::gen
