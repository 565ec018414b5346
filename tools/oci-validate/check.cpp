#include "oci-validate/check.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <unistd.h>

#include <ocikit/bundle.hpp>
#include <ocikit/decode.hpp>
#include <ocikit/document.hpp>

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

// The decoder says again what the schema says, but for exact integers, NUL and unknown members.
void append_new(Diagnostics& diagnostics, Diagnostics more) {
    std::set<std::string> known;
    for (const Diagnostic& diagnostic : diagnostics)
        known.insert(diagnostic.pointer);
    for (Diagnostic& diagnostic : more)
        if (!known.contains(diagnostic.pointer))
            diagnostics.push_back(std::move(diagnostic));
}

void check_values(const Source& source, DocumentType type, Diagnostics& diagnostics) {
    Diagnostics decoding;
    switch (type) {
        case DocumentType::config:
            if (const auto config = decode_config(source.document, decoding); config && source.bundle)
                check_root(source.document, *config, *source.bundle, decoding);
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

Report check(const std::string& input, DocumentType type) {
    const Source source = read(input, type);
    Report report{.input = input, .document = source.document.name(), .diagnostics = {}};
    if (source.document.has_value()) {
        validate_schema(source.document, type, report.diagnostics);
        check_values(source, type, report.diagnostics);
    }
    const Diagnostics& syntax = source.document.diagnostics();
    report.diagnostics.insert(report.diagnostics.end(), syntax.begin(), syntax.end());
    std::stable_sort(report.diagnostics.begin(), report.diagnostics.end(), is_before);
    return report;
}

}  // namespace ocikit::validate
