// The model against the schemas: every property is a member with the same
// optionality and the same kind of value, and the other way round.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/config.hpp>
#include <ocikit/features.hpp>
#include <ocikit/schema.hpp>
#include <ocikit/state.hpp>

#include "../src/described.hpp"

namespace json = boost::json;

namespace {

// The integer definitions of the official defs.json.
template <class T>
constexpr const char* integer_name = nullptr;
template <>
constexpr const char* integer_name<std::uint16_t> = "uint16";
template <>
constexpr const char* integer_name<std::uint32_t> = "uint32";
template <>
constexpr const char* integer_name<std::uint64_t> = "uint64";
template <>
constexpr const char* integer_name<std::int32_t> = "int32";
template <>
constexpr const char* integer_name<std::int64_t> = "int64";

const std::set<std::string> integer_names = {"int8",  "int16",  "int32",  "int64",
                                             "uint8", "uint16", "uint32", "uint64"};

// A schema with what it refers to: the keywords of all its parts together.
struct Node {
    json::object keywords;
    json::object properties;
    std::set<std::string> required;
    std::set<std::string> definitions;  // names of the $refs
};

class Walk {
  public:
    explicit Walk(ocikit::DocumentType type) : schema_(json::parse(ocikit::schema_text(type))) {}

    template <class T>
    std::vector<std::string> run() {
        compare<T>(collect(schema_), "");
        return differences_;
    }

  private:
    void gather(const json::value& schema, Node& node) {
        const json::object& object = schema.as_object();
        if (const json::value* reference = object.if_contains("$ref")) {
            const std::string target(reference->as_string());
            node.definitions.insert(target.substr(target.rfind('/') + 1));
            gather(schema_.at_pointer(target.substr(1)), node);
        }
        for (const char* keyword : {"allOf", "anyOf"})
            if (const json::value* parts = object.if_contains(keyword))
                for (const json::value& part : parts->as_array())
                    gather(part, node);
        if (const json::value* properties = object.if_contains("properties"))
            for (const auto& property : properties->as_object())
                node.properties.insert_or_assign(property.key(), property.value());
        if (const json::value* required = object.if_contains("required"))
            for (const json::value& name : required->as_array())
                node.required.emplace(name.as_string());
        for (const auto& keyword : object)
            node.keywords.insert_or_assign(keyword.key(), keyword.value());
    }

    Node collect(const json::value& schema) {
        Node node;
        gather(schema, node);
        return node;
    }

    void differ(const std::string& pointer, const std::string& what) {
        differences_.push_back(pointer + ": " + what);
    }

    void expect_type(const Node& node, const char* type, const std::string& pointer) {
        const json::value* found = node.keywords.if_contains("type");
        if (!found || *found != json::value(type))
            differ(pointer, std::string("the model has ") + type + ", the schema " +
                                (found ? json::serialize(*found) : "no type"));
    }

    template <class T>
    void compare_integer(const Node& node, const std::string& pointer) {
        expect_type(node, "integer", pointer);
        bool named = false;
        for (const std::string& definition : node.definitions) {
            named |= integer_names.contains(definition);
            if (integer_names.contains(definition) && definition != integer_name<T>)
                differ(pointer,
                       std::string("the model has ") + integer_name<T> + ", the schema " + definition);
        }
        for (const char* bound : {"minimum", "maximum"})
            if (const json::value* limit = node.keywords.if_contains(bound); limit && !named) {
                json::error_code error;
                limit->to_number<T>(error);
                if (error)
                    differ(pointer, std::string(bound) + " of the schema doesn't fit " + integer_name<T>);
            }
    }

    template <class E>
    void compare_enum(const Node& node, const std::string& pointer) {
        std::set<std::string> model;
        for (const std::string& text : ocikit::spec::all_texts<E>())
            model.insert(text);
        std::set<std::string> schema;
        if (const json::value* values = node.keywords.if_contains("enum"))
            for (const json::value& value : values->as_array())
                schema.emplace(value.as_string());
        if (pointer == "/linux/rootfsPropagation")  // the model has what engines write, too
            schema.insert({"rprivate", "rshared", "rslave", "runbindable"});
        if (model != schema)
            differ(pointer, "the model's list of values differs from the schema's");
    }

    template <class T>
    void compare_members(const Node& node, const std::string& pointer) {
        std::set<std::string> members;
        boost::mp11::mp_for_each<ocikit::Members<T>>([&](auto member) {
            using Member = std::remove_cvref_t<decltype(std::declval<T&>().*member.pointer)>;
            const std::string name(ocikit::json_name(member.name));
            const std::string at = pointer + '/' + name;
            members.insert(name);
            const json::value* property = node.properties.if_contains(name);
            if (!property)
                return differ(at, "the schema doesn't have it");
            const bool optional = !ocikit::is_required<T, Member>(name);
            if (optional == node.required.contains(name))
                differ(at, optional ? "the schema requires it" : "the schema doesn't require it");
            compare<Member>(collect(*property), at);
        });
        for (const auto& property : node.properties)
            if (!members.contains(std::string(property.key())))
                differ(pointer + '/' + std::string(property.key()), "the model doesn't have it");
    }

    template <class T>
    void compare(const Node& node, const std::string& pointer) {
        if constexpr (ocikit::is_optional<T>) {
            compare<typename T::value_type>(node, pointer);
        } else if constexpr (ocikit::is_vector<T>) {
            expect_type(node, "array", pointer);
            compare<typename T::value_type>(collect(node.keywords.at("items")), pointer + "/*");
        } else if constexpr (ocikit::is_map<T>) {
            compare_map<typename T::mapped_type>(node, pointer);
        } else if constexpr (std::is_enum_v<T>) {
            expect_type(node, "string", pointer);
            compare_enum<T>(node, pointer);
        } else if constexpr (boost::describe::has_describe_members<T>::value) {
            expect_type(node, "object", pointer);
            compare_members<T>(node, pointer);
        } else if constexpr (std::is_same_v<T, json::object>) {
            expect_type(node, "object", pointer);
        } else if constexpr (std::is_same_v<T, std::string>) {
            expect_type(node, "string", pointer);
        } else if constexpr (std::is_same_v<T, bool>) {
            expect_type(node, "boolean", pointer);
        } else {
            compare_integer<T>(node, pointer);
        }
    }

    // Members of any name, or of names that the schema lists.
    template <class T>
    void compare_map(const Node& node, const std::string& pointer) {
        expect_type(node, "object", pointer);
        std::vector<json::value> values;
        if (const json::value* other = node.keywords.if_contains("additionalProperties");
            other && other->is_object())
            values.push_back(*other);
        for (const char* keyword : {"patternProperties", "properties"})
            if (const json::value* members = node.keywords.if_contains(keyword))
                for (const auto& member : members->as_object())
                    values.push_back(member.value());
        if (values.empty())
            differ(pointer, "the schema doesn't say what its members are");
        for (const json::value& value : values)
            compare<T>(collect(value), pointer + "/*");
    }

    json::value schema_;
    std::vector<std::string> differences_;
};

void check(std::vector<std::string> found, std::vector<std::string> known) {
    std::sort(found.begin(), found.end());
    std::sort(known.begin(), known.end());
    for (const std::string& difference : found)
        BOOST_TEST(std::count(known.begin(), known.end(), difference) == 1, difference);
    for (const std::string& difference : known)
        BOOST_TEST(std::count(found.begin(), found.end(), difference) == 1, difference << " (no longer)");
}

}  // namespace

BOOST_AUTO_TEST_CASE(config) {
    check(Walk(ocikit::DocumentType::config).run<ocikit::spec::Config>(), {});
}

BOOST_AUTO_TEST_CASE(state) {
    check(Walk(ocikit::DocumentType::state).run<ocikit::spec::State>(), {});
}

BOOST_AUTO_TEST_CASE(features) {
    check(Walk(ocikit::DocumentType::features).run<ocikit::spec::Features>(),
          // features-linux.md has them, the schema of 1.3.0 doesn't
          {"/linux/intelRdt/schemata: the schema doesn't have it",
           "/linux/intelRdt/monitoring: the schema doesn't have it",
           "/linux/memoryPolicy: the schema doesn't have it"});
}
