#include "schema_demands.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <boost/json/serialize.hpp>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

namespace json = boost::json;

namespace ocikit {

namespace {

[[noreturn]] void refuse(const json::object& schema) {
    throw Error(Error::Parts{.operation = {},
                             .object = json::serialize(schema),
                             .reason = "a schema of a form that isn't supported",
                             .hint = {}});
}

bool is_integer(const json::value& value) {
    return value.is_int64() || value.is_uint64();
}

// Both are integers.
bool less(const json::value& a, const json::value& b) {
    if (a.is_int64())
        return b.is_int64() ? a.get_int64() < b.get_int64() : std::cmp_less(a.get_int64(), b.get_uint64());
    return b.is_int64() ? std::cmp_less(a.get_uint64(), b.get_int64()) : a.get_uint64() < b.get_uint64();
}

std::string found(const json::value& value, std::string_view literal) {
    switch (value.kind()) {
        case json::kind::object:
            return "found an object";
        case json::kind::array:
            return "found an array";
        case json::kind::string:
            return "found the string " + quoted(value.get_string());
        case json::kind::int64:
        case json::kind::uint64:
        case json::kind::double_:
            return "found the number " + shown(literal);
        case json::kind::bool_:
        case json::kind::null:
            break;
    }
    return "found " + shown(literal);
}

}  // namespace

SchemaDemands::SchemaDemands(const json::object& schema) {
    const auto strings = [&](const json::value& value) {
        std::vector<std::string> result;
        if (!value.is_array())
            refuse(schema);
        for (const json::value& element : value.get_array()) {
            if (!element.is_string())
                refuse(schema);
            result.emplace_back(element.get_string());
        }
        return result;
    };
    if (const json::value* type = schema.if_contains("type")) {
        if (!type->is_string() || type_named(type->get_string()) == Type::any)
            refuse(schema);
        type_ = type_named(type->get_string());
    }
    if (const json::value* values = schema.if_contains("enum"))
        enum_ = strings(*values);
    if (const json::value* names = schema.if_contains("required"))
        required_ = strings(*names);
    if (const json::value* pattern = schema.if_contains("pattern"))
        pattern_.emplace(std::string_view(pattern->as_string()));
    if (const json::value* count = schema.if_contains("minItems"))
        min_items_ = count->to_number<std::size_t>();
    for (const auto& [keyword, bound] : {std::pair("minimum", &minimum_), std::pair("maximum", &maximum_)}) {
        if (const json::value* number = schema.if_contains(keyword)) {
            if (!is_integer(*number) || type_ != Type::integer)
                refuse(schema);
            *bound = *number;
        }
    }
    if ((!enum_.empty() || pattern_) && type_ != Type::string)
        refuse(schema);
}

bool SchemaDemands::covers(std::string_view keyword) {
    constexpr std::string_view keywords[] = {"type",    "enum",     "pattern", "minimum",
                                             "maximum", "minItems", "required"};
    return std::find(std::begin(keywords), std::end(keywords), keyword) != std::end(keywords);
}

SchemaDemands::Type SchemaDemands::type_named(std::string_view name) {
    constexpr std::pair<std::string_view, Type> names[] = {{"string", Type::string},
                                                           {"integer", Type::integer},
                                                           {"boolean", Type::boolean},
                                                           {"array", Type::array},
                                                           {"object", Type::object}};
    for (const auto& [text, type] : names)
        if (text == name)
            return type;
    return Type::any;
}

bool SchemaDemands::has_type(const json::value& value) const {
    switch (type_) {
        case Type::any:
            break;
        case Type::string:
            return value.is_string();
        case Type::integer:
            return is_integer(value);
        case Type::boolean:
            return value.is_bool();
        case Type::array:
            return value.is_array();
        case Type::object:
            return value.is_object();
    }
    return true;
}

bool SchemaDemands::in_range(const json::value& value) const {
    return !(minimum_ && less(value, *minimum_)) && !(maximum_ && less(*maximum_, value));
}

bool SchemaDemands::in_enum(std::string_view text) const {
    return enum_.empty() || std::find(enum_.begin(), enum_.end(), text) != enum_.end();
}

bool SchemaDemands::has_required(const json::object& object) const {
    return std::all_of(required_.begin(), required_.end(),
                       [&](const std::string& name) { return object.contains(name); });
}

bool SchemaDemands::accept(const json::value& value) const {
    if (!has_type(value))
        return false;
    switch (value.kind()) {
        case json::kind::string:
            return in_enum(value.get_string()) && (!pattern_ || pattern_->matches(value.get_string()));
        case json::kind::int64:
        case json::kind::uint64:
            return in_range(value);
        case json::kind::array:
            return value.get_array().size() >= min_items_;
        case json::kind::object:
            return has_required(value.get_object());
        case json::kind::double_:
        case json::kind::bool_:
        case json::kind::null:
            break;
    }
    return true;
}

std::vector<SchemaDemands::Finding> SchemaDemands::explain(const json::value& value,
                                                           std::string_view literal) const {
    std::vector<Finding> findings;
    if (!has_type(value)) {
        findings.push_back(explain_type(value, literal));
    } else if (value.is_string()) {
        if (!in_enum(value.get_string()))
            findings.push_back(explain_enum(value.get_string()));
        if (pattern_ && !pattern_->matches(value.get_string()))
            findings.push_back(
                {"schema/pattern", quoted(value.get_string()) + " does not match " + pattern_->expression()});
    } else if (is_integer(value) && !in_range(value)) {
        findings.push_back(explain_range(minimum_ && less(value, *minimum_), literal));
    } else if (value.is_array() && value.get_array().size() < min_items_) {
        findings.push_back({"schema/items", "must have at least " + std::to_string(min_items_) +
                                                (min_items_ == 1 ? " element" : " elements") + ", found " +
                                                std::to_string(value.get_array().size())});
    } else if (value.is_object()) {
        for (const std::string& name : required_)
            if (!value.get_object().contains(name))
                findings.push_back({"schema/required", "missing required property " + quoted(name)});
    }
    return findings;
}

SchemaDemands::Finding SchemaDemands::explain_type(const json::value& value, std::string_view literal) const {
    if (type_ == Type::integer && value.is_double()) {
        // Boost.JSON makes a double of an integer that needs more than 64 bits.
        if (literal.find_first_of(".eE") == std::string_view::npos)
            return explain_range(literal.starts_with('-'), literal);
        const double number = value.get_double();
        const bool whole = std::isfinite(number) && number == std::trunc(number);
        return {"schema/type", std::string("must be an integer") +
                                   (whole ? " written without fraction or exponent" : "") + ", found " +
                                   shown(literal)};
    }
    const char* wanted = "";
    switch (type_) {
        case Type::any:
            break;
        case Type::string:
            wanted = "a string";
            break;
        case Type::integer:
            wanted = "an integer";
            break;
        case Type::boolean:
            wanted = "true or false";
            break;
        case Type::array:
            wanted = "an array";
            break;
        case Type::object:
            wanted = "an object";
            break;
    }
    return {"schema/type", std::string("must be ") + wanted + ", " + found(value, literal)};
}

SchemaDemands::Finding SchemaDemands::explain_range(bool negative, std::string_view literal) const {
    const auto& bound = negative ? minimum_ : maximum_;
    const std::string limit =
        bound ? (negative ? "be at least " : "be at most ") + json::serialize(*bound) : "fit into 64 bits";
    return {"schema/range", "must " + limit + ", found " + shown(literal)};
}

SchemaDemands::Finding SchemaDemands::explain_enum(std::string_view text) const {
    std::string list;
    for (const std::string& value : enum_)
        list += (list.empty() ? "" : ", ") + value;
    const std::string_view similar = nearest(text, {enum_.begin(), enum_.end()});
    return {"schema/enum", quoted(text) + " is not one of " + list +
                               (similar.empty() ? "" : "; did you mean " + quoted(similar) + "?")};
}

}  // namespace ocikit
