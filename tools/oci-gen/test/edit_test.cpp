// --set, --unset, --merge and --patch.
#include "oci-gen/edit.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>
#include <ocikit/schema.hpp>

#include "oci-gen/patch.hpp"
#include "oci-gen/pointer.hpp"
#include "support/temp_dir.hpp"

namespace json = boost::json;
namespace gen = ocikit::gen;

namespace {

// Walks the schema by itself, not by the class that --set does.
class SchemaWalk {
  public:
    struct Place {
        std::string pointer;
        std::string type;
        const json::object* schema;
    };

    SchemaWalk() : schema_(json::parse(std::string(ocikit::schema_text(ocikit::DocumentType::config)))) {
        visit(schema_, "", 0);
    }

    std::vector<Place> places;

  private:
    void visit(const json::value& value, const std::string& pointer, int depth) {
        const json::object& schema = value.as_object();
        BOOST_REQUIRE(depth < 16);
        if (const json::value* reference = schema.if_contains("$ref")) {
            const std::string text(reference->as_string());
            return visit(*gen::find(schema_, gen::parse_pointer(text.substr(1))), pointer, depth);
        }
        for (const char* parts : {"allOf", "anyOf"})
            if (const json::value* list = schema.if_contains(parts))
                for (const json::value& part : list->as_array())
                    visit(part, pointer, depth);
        if (!pointer.empty() && (schema.contains("type") || schema.contains("enum")))
            places.push_back({pointer,
                              schema.contains("type") ? std::string(schema.at("type").as_string()) : "string",
                              &schema});
        if (const json::value* properties = schema.if_contains("properties"))
            for (const auto& member : properties->as_object())
                visit(member.value(), pointer + '/' + std::string(member.key()), depth + 1);
        if (const json::value* patterns = schema.if_contains("patternProperties"))
            for (const auto& member : patterns->as_object())
                visit(member.value(), pointer + "/any~1name", depth + 1);
        if (const json::value* others = schema.if_contains("additionalProperties");
            others && others->is_object())
            visit(*others, pointer + "/any", depth + 1);
        if (const json::value* elements = schema.if_contains("items"))
            visit(*elements, pointer + "/-", depth + 1);
    }

    json::value schema_;
};

json::value with_set(const std::string& argument) {
    gen::Draft draft{json::object()};
    gen::apply_edit(draft, {"set", argument});
    return draft.value();
}

gen::Pointer first_elements(std::string pointer) {
    for (std::size_t at = 0; (at = pointer.find("/-", at)) != pointer.npos;)
        pointer.replace(at, 2, "/0");
    return gen::parse_pointer(pointer);
}

std::string error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_property_of_the_schema_can_be_set_with_its_type) {
    const SchemaWalk walk;
    const std::map<std::string, std::pair<std::string, json::value>> samples{
        {"string", {"17", "17"}},
        {"integer", {"17", 17}},
        {"boolean", {"true", true}},
        {"array", {"[]", json::array()}},
        {"object", {"{}", json::object()}}};
    for (const SchemaWalk::Place& place : walk.places) {
        const auto& [text, value] = samples.at(place.type);
        const json::value result = with_set(place.pointer + '=' + text);
        const json::value* found = gen::find(result, first_elements(place.pointer));
        BOOST_TEST((found && *found == value), place.pointer << ": " << json::serialize(result));
        if (place.type != "string")
            BOOST_TEST(error_of([&] { with_set(place.pointer + "=no"); }) ==
                           "option '--set': " + gen::to_text(gen::parse_pointer(place.pointer)) +
                               ": expected " + place.type + ", found \"no\"",
                       place.pointer);
    }
    BOOST_TEST_MESSAGE(walk.places.size() << " places of the schema were set");
    BOOST_TEST(walk.places.size() > 300u);
}

BOOST_AUTO_TEST_CASE(patches_as_in_rfc_6902) {
    struct Row {
        std::string document, patch, expected;
    };
    for (const Row& row : std::vector<Row>{
             {R"({"a":1})", R"([{"op":"add","path":"/b","value":[2]}])", R"({"a":1,"b":[2]})"},
             {R"({"a":[1,3]})", R"([{"op":"add","path":"/a/1","value":2}])", R"({"a":[1,2,3]})"},
             {R"({"a":[1]})", R"([{"op":"add","path":"/a/-","value":2}])", R"({"a":[1,2]})"},
             {R"({"a":1})", R"([{"op":"add","path":"/a","value":null}])", R"({"a":null})"},
             {R"({"a":1})", R"([{"op":"add","path":"","value":{"b":2}}])", R"({"b":2})"},
             {R"({"a":{"b":1,"c":2}})", R"([{"op":"remove","path":"/a/b"}])", R"({"a":{"c":2}})"},
             {R"({"a":[1,2,3]})", R"([{"op":"remove","path":"/a/1"}])", R"({"a":[1,3]})"},
             {R"({"a":[1,2]})", R"([{"op":"replace","path":"/a/0","value":{"x":1}}])",
              R"({"a":[{"x":1},2]})"},
             {R"({"a":1,"b":2})", R"([{"op":"move","from":"/a","path":"/b"}])", R"({"b":1})"},
             {R"({"a":[1,2,3]})", R"([{"op":"move","from":"/a/0","path":"/a/2"}])", R"({"a":[2,3,1]})"},
             {R"({"a":1})", R"([{"op":"move","from":"/a","path":"/a"}])", R"({"a":1})"},
             {R"({"a":{"b":1}})", R"([{"op":"copy","from":"/a","path":"/c"}])",
              R"({"a":{"b":1},"c":{"b":1}})"},
             {R"({"a":{"b":1}})", R"([{"op":"copy","from":"/a","path":"/a/c"}])",
              R"({"a":{"b":1,"c":{"b":1}}})"},
             {R"({"a":{"b":1.0,"c":[]}})", R"([{"op":"test","path":"/a","value":{"c":[],"b":1}}])",
              R"({"a":{"b":1.0,"c":[]}})"},
             {R"({"a/b":1,"~":2})",
              R"([{"op":"test","path":"/a~1b","value":1},{"op":"test","path":"/~0","value":2}])",
              R"({"a/b":1,"~":2})"},
             {R"({"":{"a":1}})", R"([{"op":"remove","path":"//a","x":"other members are ignored"}])",
              R"({"":{}})"},
         }) {
        json::value document = json::parse(row.document);
        gen::apply_patch(document, json::parse(row.patch));
        BOOST_TEST(json::serialize(document) == json::serialize(json::parse(row.expected)), row.patch);
    }
}

BOOST_AUTO_TEST_CASE(patches_that_fail) {
    struct Row {
        std::string patch, error;
    };
    for (const Row& row : std::vector<Row>{
             {R"({})", "a JSON patch is an array of operations"},
             {R"([1])", "operation 1: is no object"},
             {R"([{"path":"/a"}])", "operation 1: has no member \"op\""},
             {R"([{"op":"add","value":1}])", "operation 1: has no member \"path\""},
             {R"([{"op":"add","path":"/b"}])", "operation 1: has no member \"value\""},
             {R"([{"op":"move","path":"/b"}])", "operation 1: has no member \"from\""},
             {R"([{"op":"add","path":1,"value":1}])", "operation 1: its member \"path\" is no string"},
             {R"([{"op":"set","path":"/a","value":1}])",
              "operation 1: there is no operation \"set\", expected add, remove, replace, move, copy or "
              "test"},
             {R"([{"op":"add","path":"a","value":1}])",
              "operation 1: \"a\" is no JSON pointer: it doesn't begin with /"},
             {R"([{"op":"add","path":"/x/y","value":1}])", "operation 1: /x/y: there is no such property"},
             {R"([{"op":"add","path":"/a/3","value":1}])",
              "operation 1: /a: has 2 elements, there is none of index 3"},
             {R"([{"op":"add","path":"/a/01","value":1}])",
              "operation 1: /a: is an array: \"01\" is no index of it"},
             {R"([{"op":"remove","path":"/a/2"}])", "operation 1: /a/2: there is no such property"},
             {R"([{"op":"remove","path":"/a/-"}])", "operation 1: /a/-: there is no such property"},
             {R"([{"op":"remove","path":"/b"}])", "operation 1: /b: there is no such property"},
             {R"([{"op":"replace","path":"/b","value":1}])", "operation 1: /b: there is nothing to replace"},
             {R"([{"op":"copy","from":"/b","path":"/c"}])", "operation 1: /b: there is nothing to copy"},
             {R"([{"op":"move","from":"/a","path":"/a/0"}])", "operation 1: /a: can't be moved into itself"},
             {R"([{"op":"test","path":"/a/0","value":1},{"op":"test","path":"/a/0","value":"1"}])",
              "operation 2: /a/0: is 1, expected \"1\""}}) {
        json::value document = json::parse(R"({"a":[1,2]})");
        BOOST_TEST(error_of([&] { gen::apply_patch(document, json::parse(row.patch)); }) == row.error);
    }
}

BOOST_AUTO_TEST_CASE(merge_patches_as_in_rfc_7396) {
    struct Row {
        std::string document, patch, expected;
    };
    for (const Row& row :
         std::vector<Row>{{R"({"a":1})", R"({"a":2,"b":{"c":null,"d":1}})", R"({"a":2,"b":{"d":1}})"},
                          {R"({"a":1,"b":2,"c":3})", R"({"b":null})", R"({"a":1,"c":3})"},
                          {R"({"a":[1,2]})", R"({"a":[3]})", R"({"a":[3]})"},
                          {R"({"a":[1]})", R"({"a":{"b":1}})", R"({"a":{"b":1}})"},
                          {R"({"a":{"b":1}})", R"({"a":{"b":{"c":null}}})", R"({"a":{"b":{}}})"},
                          {R"({"a":1})", R"([1])", R"([1])"},
                          {R"({"a":1})", R"({"x":null})", R"({"a":1})"}}) {
        json::value document = json::parse(row.document);
        gen::apply_merge_patch(document, json::parse(row.patch));
        BOOST_TEST(json::serialize(document) == row.expected, row.patch);
    }
}

BOOST_AUTO_TEST_CASE(files_that_are_no_json_are_told_with_their_line) {
    const ocikit::test::TempDir dir;
    const std::string file = dir.write("bad", "{\n,\n}");
    gen::Draft draft{json::object()};
    BOOST_TEST(error_of([&] { gen::apply_edit(draft, {"merge", file}); }).starts_with(file + ": line 2: "));
    BOOST_TEST(error_of([&] {
                   gen::apply_edit(draft, {"patch", dir.path("none")});
               }) == dir.path("none") + ": open: no such file or directory");
}
