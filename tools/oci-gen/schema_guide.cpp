#include "oci-gen/schema_guide.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <ocikit/schema.hpp>

#include "oci-gen/pointer.hpp"

namespace json = boost::json;

namespace ocikit::gen {

namespace {

const json::value& config_schema() {
    static const json::value schema = [] {
        const std::string_view text = schema_text(DocumentType::config);
        return json::parse({text.data(), text.size()});
    }();
    return schema;
}

}  // namespace

SchemaGuide::SchemaGuide() {
    collect(config_schema());
}

void SchemaGuide::collect(const json::value& schema) {
    const json::object& keywords = schema.as_object();
    if (const json::value* reference = keywords.if_contains("$ref")) {
        const std::string_view text = reference->as_string();
        const json::value* target = find(config_schema(), parse_pointer(text.substr(text.find('#') + 1)));
        if (target)
            collect(*target);
        return;
    }
    schemas_.push_back(&keywords);
    for (const char* combination : {"allOf", "anyOf", "oneOf"})
        if (const json::value* parts = keywords.if_contains(combination))
            for (const json::value& part : parts->as_array())
                collect(part);
}

SchemaGuide SchemaGuide::below(std::string_view token) const {
    SchemaGuide place;
    place.schemas_.clear();
    for (const json::object* keywords : schemas_) {
        const json::value* properties = keywords->if_contains("properties");
        if (const json::value* own = properties ? properties->as_object().if_contains(token) : nullptr) {
            place.collect(*own);
            continue;
        }
        // the schemas use patterns for "any name" only
        if (const json::value* patterns = keywords->if_contains("patternProperties"))
            for (const auto& pattern : patterns->as_object())
                place.collect(pattern.value());
        if (const json::value* others = keywords->if_contains("additionalProperties");
            others && others->is_object())
            place.collect(*others);
        if (const json::value* elements = keywords->if_contains("items"))
            place.collect(*elements);
    }
    return place;
}

std::string_view SchemaGuide::type() const {
    for (const json::object* keywords : schemas_) {
        if (const json::value* type = keywords->if_contains("type"); type && type->is_string())
            return type->get_string();
        if (keywords->contains("enum"))
            return "string";
    }
    return {};
}

}  // namespace ocikit::gen
