#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>

#include <ocikit/schema.hpp>

#include "schema_validator.hpp"

namespace ocikit {

namespace {

template <DocumentType type>
const SchemaValidator& validator_of() {
    static const SchemaValidator validator(boost::json::parse(schema_text(type)));
    return validator;
}

const SchemaValidator& validator_for(DocumentType type) {
    switch (type) {
        case DocumentType::config:
            break;
        case DocumentType::state:
            return validator_of<DocumentType::state>();
        case DocumentType::features:
            return validator_of<DocumentType::features>();
    }
    return validator_of<DocumentType::config>();
}

}  // namespace

void validate_schema(const Document& document, DocumentType type, Diagnostics& diagnostics) {
    validator_for(type).validate(
        document.value(),
        [&](const std::string& pointer, const boost::json::value& value, const SchemaDemands& demands) {
            for (auto& finding : demands.explain(value, document.source(pointer)))
                diagnostics.push_back(document.at(Severity::error, std::move(finding.rule),
                                                  std::move(finding.message), pointer));
        });
}

void drop_too_strict(const Document& document, Diagnostics& diagnostics) {
    std::erase_if(diagnostics, [&document](const Diagnostic& finding) {
        // engines write the bits of the type of the file as well
        if (finding.rule == "schema/range")
            return finding.pointer.starts_with("/linux/devices/") && finding.pointer.ends_with("/fileMode");
        // and the names that mounts have for it
        if (finding.rule == "schema/enum" && finding.pointer == "/status")
            return true;  // of a state: runtimes may have more than those of the list
        if (finding.rule != "schema/enum" || finding.pointer != "/linux/rootfsPropagation")
            return false;
        const std::string_view text = document.source(finding.pointer);
        return text == "\"rprivate\"" || text == "\"rshared\"" || text == "\"rslave\"" ||
               text == "\"runbindable\"";
    });
}

}  // namespace ocikit
