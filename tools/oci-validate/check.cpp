#include "oci-validate/check.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <unistd.h>

#include <ocikit/bundle.hpp>
#include <ocikit/decode.hpp>
#include <ocikit/rootfs.hpp>
#include <ocikit/rules.hpp>

namespace ocikit::validate {

namespace {

namespace fs = std::filesystem;

struct Source {
    Document document;
    std::optional<std::string> bundle;  // absent: not from a directory
};

Source read(const std::string& input, DocumentType type) {
    if (input == "-")
        return {Document::load(STDIN_FILENO, "standard input"), {}};
    std::error_code ignored;  // loading tells what is wrong
    if (type == DocumentType::config && fs::is_directory(input, ignored)) {
        config_path(input);  // for its errors: findings name the path as it was given
        return {Document::load((fs::path(input) / config_file_name).string()), input};
    }
    Document document = Document::load(input);
    // by its name it is part of a bundle; any other file is a document by itself
    if (fs::path(input).filename() != config_file_name || !fs::is_regular_file(input, ignored))
        return {std::move(document), {}};
    const fs::path directory = fs::path(input).parent_path();
    return {std::move(document), (directory.empty() ? fs::current_path() : directory).string()};
}

// The decoder and the rules say again what the schema says, but for exact integers, NUL,
// unknown members and what the schema knows nothing of.
void append_new(Diagnostics& diagnostics, Diagnostics more) {
    std::set<std::string> known;
    for (const Diagnostic& diagnostic : diagnostics)
        known.insert(diagnostic.pointer);
    for (Diagnostic& diagnostic : more)
        if (!known.contains(diagnostic.pointer))
            diagnostics.push_back(std::move(diagnostic));
}

void check_bundle(const Document& document, const spec::Config& config, const std::string& bundle,
                  Diagnostics& diagnostics) {
    const std::size_t before = diagnostics.size();
    check_root(document, config, bundle, diagnostics);
    if (!config.root || diagnostics.size() != before)
        return;
    check_bundle_files(document, config, bundle, diagnostics);
    check_rootfs(document, config, root_path(bundle, *config.root), diagnostics);
}

void check_values(const Source& source, DocumentType type, Diagnostics& diagnostics) {
    Diagnostics decoding;
    switch (type) {
        case DocumentType::config:
            if (const auto config = decode_config(source.document, decoding)) {
                check_config(source.document, *config, decoding);
                if (source.bundle)
                    check_bundle(source.document, *config, *source.bundle, decoding);
            }
            break;
        case DocumentType::state:
            decode_state(source.document, decoding);
            break;
        case DocumentType::features:
            decode_features(source.document, decoding);
            break;
    }
    append_new(diagnostics, std::move(decoding));
}

bool is_before(const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.position.line, a.position.column) < std::pair(b.position.line, b.position.column);
}

}  // namespace

Report check(const std::string& input, const Settings& settings) {
    Source source = read(input, settings.type);
    Diagnostics diagnostics;
    if (source.document.has_value()) {
        validate_schema(source.document, settings.type, diagnostics);
        if (settings.type == DocumentType::config)
            drop_too_strict(source.document, diagnostics);
        check_values(source, settings.type, diagnostics);
    }
    const Diagnostics& syntax = source.document.diagnostics();
    diagnostics.insert(diagnostics.end(), syntax.begin(), syntax.end());
    std::stable_sort(diagnostics.begin(), diagnostics.end(), is_before);
    apply(settings, diagnostics);
    return {.input = input, .document = std::move(source.document), .diagnostics = std::move(diagnostics)};
}

}  // namespace ocikit::validate
