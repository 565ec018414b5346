// valijson finds its way (properties, items, references, combinations), and
// SchemaDemands judges the values, since valijson 1.0 takes numbers above 2^63
// for no integers, compares bounds as doubles, ends strings at a NUL, and says
// neither what an enum allows nor what it found.
#include "schema_validator.hpp"

#include <charconv>
#include <cstdint>
#include <new>
#include <utility>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/constraint_builder.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#include <vector>

#include <boost/json.hpp>

#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

namespace json = boost::json;

namespace ocikit {

namespace {

using Context = std::vector<std::string>;

constexpr const char* demands_keyword = "ocikit-demands";
constexpr std::string_view failed_demands = "ocikit-demands ";  // and their index, as a description

// valijson hands a constraint no more than a view of the value without its exact
// number or text; this is the document to find the value in.
thread_local const json::value* current_document = nullptr;

class DocumentScope {
  public:
    explicit DocumentScope(const json::value& document)
        : outer_(std::exchange(current_document, &document)) {}
    ~DocumentScope() { current_document = outer_; }
    DocumentScope(const DocumentScope&) = delete;
    DocumentScope& operator=(const DocumentScope&) = delete;

  private:
    const json::value* outer_;
};

// A context is "<root>", "[linux]", "[namespaces]", "[0]", …
std::string_view token(const std::string& component) {
    return std::string_view(component).substr(1, component.size() - 2);
}

std::size_t index_of(std::string_view text) {
    std::size_t index = 0;
    std::from_chars(text.data(), text.data() + text.size(), index);
    return index;
}

const json::value& value_at(const json::value& document, const Context& context) {
    const json::value* value = &document;
    for (std::size_t i = 1; i < context.size(); ++i) {
        const std::string_view name = token(context[i]);
        value = value->is_array() ? &value->get_array().at(index_of(name)) : &value->get_object().at(name);
    }
    return *value;
}

std::string pointer_of(const Context& context) {
    std::string pointer;
    for (std::size_t i = 1; i < context.size(); ++i)
        pointer = pointer_append(pointer, token(context[i]));
    return pointer;
}

class DemandsConstraint : public valijson::constraints::PolyConstraint {
  public:
    DemandsConstraint(const SchemaDemands& demands, std::size_t index) : demands_(demands), index_(index) {}

    bool validate(const valijson::adapters::Adapter&, const Context& context,
                  valijson::ValidationResults* results) const override {
        if (demands_.accept(value_at(*current_document, context)))
            return true;
        if (results)
            results->pushError(context, std::string(failed_demands) + std::to_string(index_));
        return false;
    }

  private:
    valijson::constraints::Constraint* cloneInto(void* memory) const override {
        return new (memory) DemandsConstraint(*this);
    }
    std::size_t sizeOf() const override { return sizeof *this; }

    const SchemaDemands& demands_;
    std::size_t index_;
};

class DemandsBuilder : public valijson::ConstraintBuilder {
  public:
    explicit DemandsBuilder(const std::deque<SchemaDemands>& demands) : demands_(demands) {}
    valijson::constraints::Constraint* make(const valijson::adapters::Adapter& value) const override {
        const auto index = static_cast<std::size_t>(value.asInteger());
        return new DemandsConstraint(demands_.at(index), index);
    }

  private:
    const std::deque<SchemaDemands>& demands_;
};

}  // namespace

// The schema for valijson: what SchemaDemands covers becomes one keyword of ours.
class SchemaValidator::Rewriter {
  public:
    explicit Rewriter(std::deque<SchemaDemands>& demands) : demands_(demands) {}

    json::object schema(const json::value& value) {
        const json::object& source = value.as_object();
        json::object result;
        if (const json::value* reference = source.if_contains("$ref")) {
            result["$ref"] = *reference;  // draft-04: what stands beside it counts for nothing
            return result;
        }
        std::vector<json::object> all_of;
        bool has_demands = false;
        for (const auto& member : source) {
            if (SchemaDemands::covers(member.key()))
                has_demands = true;
            else
                keyword(member.key(), member.value(), result, all_of);
        }
        add_all_of(all_of, 0, result);
        if (has_demands) {
            result[demands_keyword] =
                static_cast<std::int64_t>(demands_.size());  // valijson knows int64 only
            demands_.emplace_back(source);
        }
        return result;
    }

    // The bundled files: each holds schemas, and most of them under `definitions`.
    json::object files(const json::value& value) {
        json::object result;
        for (const auto& file : value.as_object()) {
            json::object content;
            for (const auto& member : file.value().as_object())
                if (member.value().is_object())
                    content[member.key()] =
                        member.key() == "definitions" ? schemas(member.value()) : schema(member.value());
            result[file.key()] = std::move(content);
        }
        return result;
    }

  private:
    json::object schemas(const json::value& value) {
        json::object result;
        for (const auto& member : value.as_object())
            result[member.key()] = schema(member.value());
        return result;
    }

    void keyword(std::string_view name, const json::value& value, json::object& result,
                 std::vector<json::object>& all_of) {
        if (name == "description" || name == "$schema")
            return;
        if (name == "properties")
            result[name] = schemas(value);
        else if ((name == "items" || name == "additionalProperties") && value.is_object())
            result[name] = schema(value);
        else if (name == "definitions")
            result[name] = files(value);
        else if (name == "allOf" || (name == "anyOf" && value.as_array().size() == 1))
            for (const json::value& part : value.as_array())
                all_of.push_back(schema(part));
        else if (name == "patternProperties" && is_map(value.as_object()))
            // every key that isn't empty, and annotations forbid that one anyway
            result["additionalProperties"] = schema(value.as_object().begin()->value());
        else
            throw Error(Error::Parts{.operation = {},
                                     .object = std::string(name) + ": " + json::serialize(value),
                                     .reason = "a schema keyword or form that isn't supported",
                                     .hint = {}});
    }

    // valijson leaves an allOf at the first of its schemas that fails, but goes on
    // with the next keyword: one schema in allOf, and the rest, as one, in anyOf.
    static void add_all_of(const std::vector<json::object>& schemas, std::size_t first,
                           json::object& result) {
        if (first == schemas.size())
            return;
        result["allOf"] = json::array{schemas[first]};
        if (first + 1 == schemas.size())
            return;
        json::object rest;
        add_all_of(schemas, first + 1, rest);
        result["anyOf"] = json::array{rest};
    }

    static bool is_map(const json::object& patterns) {
        return patterns.size() == 1 && patterns.begin()->key() == ".{1,}";
    }

    std::deque<SchemaDemands>& demands_;
};

struct SchemaValidator::Engine {
    valijson::Schema schema;
};

SchemaValidator::SchemaValidator(const json::value& schema) : engine_(std::make_unique<Engine>()) {
    const json::value rewritten = Rewriter(demands_).schema(schema);
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft4);
    parser.addConstraintBuilder(demands_keyword, new DemandsBuilder(demands_));  // the parser deletes it
    parser.populateSchema(valijson::adapters::BoostJsonAdapter(rewritten), engine_->schema);
}

SchemaValidator::~SchemaValidator() = default;

void SchemaValidator::validate(const json::value& document, const Report& report) const {
    const DocumentScope scope(document);
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(engine_->schema, valijson::adapters::BoostJsonAdapter(document), &results))
        return;
    // The others only say that something inside of them failed.
    for (const auto& error : results) {
        if (!error.description.starts_with(failed_demands))
            continue;
        const auto index = index_of(std::string_view(error.description).substr(failed_demands.size()));
        report(pointer_of(error.context), value_at(document, error.context), demands_.at(index));
    }
}

}  // namespace ocikit
