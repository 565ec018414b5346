#include "oci-pack/bundle_root.hpp"

#include <algorithm>

#include <ocikit/decode.hpp>
#include <ocikit/error.hpp>

#include "oci-pack/entry_path.hpp"

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
        .reason = "root.path '" + path + "' " + reason,
        .hint = "an archive holds config.json and the root directory, side by side"});
}

}  // namespace

std::string bundle_root(const Document& config) {
    if (!config.has_value())
        refuse(config, config.diagnostics());
    Diagnostics diagnostics = config.diagnostics();
    const auto decoded = decode_config(config, diagnostics);
    if (!decoded || has_errors(diagnostics))
        refuse(config, diagnostics);
    if (!decoded->root)
        throw Error(
            Error::Parts{.object = config.name(), .reason = "it has no root, so it is no bundle to share"});
    const std::string& path = decoded->root->path;
    const EntryPath parsed = parse_entry_path(path);
    if (parsed.fault == EntryPath::Fault::absolute || parsed.fault == EntryPath::Fault::outside)
        refuse_root(config, path, "is outside the bundle");
    if (parsed.fault != EntryPath::Fault::none)
        refuse_root(config, path, "is no usable path");
    if (parsed.path.empty())
        refuse_root(config, path, "is the bundle itself");
    if (parsed.path == "config.json")
        refuse_root(config, path, "is config.json");
    return parsed.path;
}

}  // namespace ocikit::pack
