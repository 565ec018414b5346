#include "oci-validate/check.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <unistd.h>

#include <ocikit/bundle.hpp>
#include <ocikit/decode.hpp>
#include <ocikit/host.hpp>
#include <ocikit/rootfs.hpp>
#include <ocikit/rules.hpp>

#include "oci-validate/archived_bundle.hpp"

namespace ocikit::validate {

namespace {

namespace fs = std::filesystem;

struct Source {
    Document document;
    std::optional<std::string> bundle = std::nullopt;  // absent: not from a directory
    std::optional<ArchivedBundle> archive = std::nullopt;
};

Source read(const std::string& input, DocumentType type) {
    if (input == "-")
        return {Document::load(STDIN_FILENO, "standard input")};
    std::error_code ignored;  // loading tells what is wrong
    if (type == DocumentType::config && fs::is_directory(input, ignored)) {
        config_path(input);  // for its errors: findings name the path as it was given
        return {Document::load((fs::path(input) / config_file_name).string()), input};
    }
    if (type == DocumentType::config && is_archive(input)) {
        ArchivedBundle archive = read_archived_bundle(input);
        Document document = Document::parse(archive.config, input + '/' + config_file_name);
        return {.document = std::move(document), .archive = std::move(archive)};
    }
    Document document = Document::load(input);
    // by its name it is part of a bundle; any other file is a document by itself
    if (fs::path(input).filename() != config_file_name || !fs::is_regular_file(input, ignored))
        return {std::move(document)};
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

void check_values(const Source& source, const Settings& settings, Diagnostics& diagnostics) {
    Diagnostics decoding;
    switch (settings.type) {
        case DocumentType::config:
            if (const auto config = decode_config(source.document, decoding)) {
                check_config(source.document, *config, decoding,
                             {.platform = settings.platform, .held_to = settings.held_to});
                if (source.bundle)
                    check_bundle(source.document, *config, *source.bundle, decoding);
                if (source.archive)
                    check_archived_root(source.document, *config, *source.archive, decoding);
                if (settings.host)
                    check_host(source.document, *config, decoding);
            }
            break;
        case DocumentType::state:
            if (const auto state = decode_state(source.document, decoding))
                check_state(source.document, *state, decoding);
            break;
        case DocumentType::features:
            if (const auto features = decode_features(source.document, decoding))
                check_features(source.document, *features, decoding);
            break;
    }
    append_new(diagnostics, std::move(decoding));
}

bool is_before(const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.position.line, a.position.column) < std::pair(b.position.line, b.position.column);
}

// The file in the bundle's directory, or else in the one that oci-validate is called in.
Settings with_settings_file(const Settings& settings, const Source& source) {
    const auto has_file = [](const std::string& path) { return ::access(path.c_str(), F_OK) == 0; };
    if (source.bundle && settings.trust_bundles)
        if (const std::string own = *source.bundle + '/' + settings_file_name; has_file(own))
            return with_file(settings, own);
    return has_file(settings_file_name) ? with_file(settings, settings_file_name) : settings;
}

Diagnostics findings(const Source& source, const Settings& given) {
    Settings settings = with_settings_file(given, source);
    Diagnostics diagnostics;
    if (source.document.has_value()) {
        validate_schema(source.document, settings.type, diagnostics);
        drop_too_strict(source.document, diagnostics);
        check_values(source, settings, diagnostics);
        if (settings.type == DocumentType::config && settings.trust_bundles)
            for (std::string& name : disabled_by_annotation(source.document, diagnostics))
                settings.disabled.push_back(std::move(name));
    }
    const Diagnostics& syntax = source.document.diagnostics();
    diagnostics.insert(diagnostics.end(), syntax.begin(), syntax.end());
    std::stable_sort(diagnostics.begin(), diagnostics.end(), is_before);
    keep_reported(settings, diagnostics);
    return diagnostics;
}

}  // namespace

Report check(const std::string& input, const Settings& settings) {
    Source source = read(input, settings.type);
    Diagnostics diagnostics = findings(source, settings);
    return {.input = input,
            .bundle = std::move(source.bundle),
            .is_archived = source.archive.has_value(),
            .document = std::move(source.document),
            .diagnostics = std::move(diagnostics)};
}

Diagnostics check_text(std::string text, const Report& instead, const Settings& settings) {
    return findings(
        {.document = Document::parse(std::move(text), instead.document.name()), .bundle = instead.bundle},
        settings);
}

}  // namespace ocikit::validate
