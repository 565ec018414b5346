// libFuzzer: any text as a config, a state and features, through the reader, the schema, the
// decoder and the rules. Whatever it is, they come to an end, and places are within the text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <ocikit/decode.hpp>
#include <ocikit/rules.hpp>
#include <ocikit/schema.hpp>

namespace {

using ocikit::Diagnostics;
using ocikit::Document;
using ocikit::DocumentType;

void require(bool condition) {
    if (!condition)
        std::abort();
}

void check_places(const Document& document, const Diagnostics& diagnostics) {
    for (const ocikit::Diagnostic& one : diagnostics) {
        require(one.position.line >= 1 && one.position.line <= document.text().size() + 1);
        require(one.position.column >= 1 && one.position.column <= document.text().size() + 1);
        require(ocikit::find_rule(one.rule) != nullptr);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Document document = Document::parse(std::string(data, data + size), "fuzz");
    check_places(document, document.diagnostics());
    if (!document.has_value())
        return 0;
    Diagnostics found;
    for (const DocumentType type : {DocumentType::config, DocumentType::state, DocumentType::features})
        ocikit::validate_schema(document, type, found);
    ocikit::drop_too_strict(document, found);
    if (const auto config = ocikit::decode_config(document, found)) {
        ocikit::check_config(document, *config, found);
        ocikit::check_config(document, *config, found, {.held_to = ocikit::Version::parse("1.0.0")});
        ocikit::check_config(document, *config, found, {.platform = ocikit::Platform::windows});
    }
    if (const auto state = ocikit::decode_state(document, found))
        ocikit::check_state(document, *state, found);
    if (const auto features = ocikit::decode_features(document, found))
        ocikit::check_features(document, *features, found);
    check_places(document, found);
    return 0;
}
