#include "oci-pack/bundle_config.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <ocikit/bundle.hpp>
#include <ocikit/decode.hpp>
#include <ocikit/error.hpp>
#include <ocikit/rules.hpp>
#include <ocikit/schema.hpp>
#include <ocikit/text.hpp>

#include "archive/entry_path.hpp"

namespace ocikit::pack {

namespace {

[[noreturn]] void refuse(const Document& config, const Diagnostics& diagnostics) {
    const auto first = std::find_if(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
        return diagnostic.severity == Severity::error;
    });
    std::string place = config.name();
    if (first->position.line != 0)
        place += ":" + std::to_string(first->position.line) + ":" + std::to_string(first->position.column);
    const std::string pointer = first->pointer.empty() ? "" : first->pointer + ": ";
    throw Error(Error::Parts{.object = place,
                             .reason = pointer + first->message,
                             .hint = "oci-validate tells all that is wrong with it"});
}

[[noreturn]] void refuse_root(const Document& config, const std::string& path, const std::string& reason) {
    const Position position = config.locate("/root/path");
    throw Error(Error::Parts{
        .object = config.name() + ":" + std::to_string(position.line) + ":" + std::to_string(position.column),
        .reason = "root.path '" + shown(path, 200) + "' " + reason,
        .hint = "an archive holds config.json and the root directory, side by side"});
}

}  // namespace

BundleConfig read_bundle_config(const Document& document, RootPlace place) {
    if (!document.has_value() || has_errors(document.diagnostics()))
        refuse(document, document.diagnostics());
    Diagnostics diagnostics;
    auto decoded = decode_config(document, diagnostics);
    validate_schema(document, DocumentType::config, diagnostics);
    drop_too_strict(document, diagnostics);
    if (decoded)
        check_config(document, *decoded, diagnostics);
    if (!decoded || has_errors(diagnostics))
        refuse(document, diagnostics);
    if (!decoded->root)
        throw Error(
            Error::Parts{.object = document.name(), .reason = "it has no root, so it is no bundle to share"});
    BundleConfig result{.config = std::move(*decoded), .root = {}};
    const std::string& path = result.config.root->path;
    archive::EntryPath parsed = archive::parse_entry_path(path);
    result.root_is_outside = parsed.fault == archive::EntryPath::Fault::absolute ||
                             parsed.fault == archive::EntryPath::Fault::outside;
    if (result.root_is_outside && place == RootPlace::inside)
        refuse_root(document, path, "is outside the bundle");
    if (result.root_is_outside) {
        result.root = path;
        return result;
    }
    if (parsed.fault != archive::EntryPath::Fault::none)
        refuse_root(document, path, "is no usable path");
    if (parsed.path.empty())
        refuse_root(document, path, "is the bundle itself");
    if (parsed.path == config_file_name)
        refuse_root(document, path, "is config.json");
    result.root = std::move(parsed.path);
    return result;
}

std::string with_root_path(const Document& document, const std::string& root) {
    const std::string_view old = document.source("/root/path");
    std::string text = document.text();
    text.replace(static_cast<std::size_t>(old.data() - document.text().data()), old.size(),
                 boost::json::serialize(boost::json::string(root)));
    return text;
}

}  // namespace ocikit::pack
