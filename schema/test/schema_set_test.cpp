#include "schema_set.hpp"

#include <functional>
#include <stdexcept>
#include <string>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "support/temp_dir.hpp"

namespace json = boost::json;
using namespace ocikit::schema;

namespace {

std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

constexpr const char* config_1_0_2 = R"({"properties":{"hooks":{"properties":{"createRuntime":{}}}}})";

}  // namespace

// The examples of RFC 7396, appendix A.
BOOST_AUTO_TEST_CASE(merge_patches) {
    const struct {
        const char *target, *patch, *result;
    } table[] = {
        {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
        {R"({"a":"b"})", R"({"a":null})", R"({})"},
        {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
        {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
        {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
        {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
        {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
        {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
        {R"({"a":"foo"})", "null", "null"},
        {R"({"a":"foo"})", R"("bar")", R"("bar")"},
        {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
        {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
        {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
        // the order of members stays
        {R"({"a":1,"b":2,"c":3})", R"({"a":null,"d":4})", R"({"b":2,"c":3,"d":4})"},
    };
    for (const auto& row : table) {
        json::value value = json::parse(row.target);
        merge_patch(value, json::parse(row.patch));
        BOOST_TEST(json::serialize(value) == row.result);
    }
}

BOOST_AUTO_TEST_CASE(amendments_make_change_and_remove_files) {
    SchemaSet set{{"a.json", json::parse(R"({"x":1})")}, {"b.json", json::parse("{}")}};
    amend(set, json::parse(R"({"a.json":{"y":2},"b.json":null,"c.json":{"z":3,"none":null}})"));
    BOOST_TEST(set.size() == 2u);
    BOOST_TEST(json::serialize(set.at("a.json")) == R"({"x":1,"y":2})");
    BOOST_TEST(json::serialize(set.at("c.json")) == R"({"z":3})");
}

BOOST_AUTO_TEST_CASE(references_which_lead_nowhere_are_named) {
    const struct {
        const char *content, *message;
    } table[] = {
        {R"({"definitions":{"X":{}},"items":{"$ref":"#/definitions/X"}})", ""},
        {R"({"items":{"$ref":"b.json#/y"}})", ""},
        {R"({"properties":{"$ref":{"type":"string"}}})", ""},
        {R"({"items":{"$ref":"#definitions/X"}})",
         R"(a.json: /items: the reference "#definitions/X" leads nowhere)"},
        {R"({"anyOf":[{},{"$ref":"c.json#/x"}]})",
         R"(a.json: /anyOf/1: the reference "c.json#/x" leads nowhere)"},
        {R"({"items":{"$ref":"b.json#/z"}})", R"(a.json: /items: the reference "b.json#/z" leads nowhere)"},
    };
    for (const auto& row : table) {
        const SchemaSet set{{"a.json", json::parse(row.content)}, {"b.json", json::parse(R"({"y":{}})")}};
        BOOST_TEST(message_of([&] { check_references(set); }) == row.message);
    }
}

BOOST_AUTO_TEST_CASE(bundles_rewrite_references) {
    const SchemaSet set{
        {"root.json", json::parse(R"({"definitions":{"R":{}},"a":{"$ref":"one.json#/x"},)"
                                  R"("b":{"$ref":"#/definitions/R"}})")},
        {"one.json", json::parse(R"({"x":{"$ref":"two.json#/y"},"z":{"$ref":"#/x"}})")},
        {"two.json", json::parse(R"({"y":{"$ref":"root.json#/a"}})")},
        {"unused.json", json::parse("{}")},
    };
    BOOST_TEST(
        json::serialize(bundle(set, "root.json")) ==
        R"({"definitions":{"R":{},)"
        R"("one.json":{"x":{"$ref":"#/definitions/two.json/y"},"z":{"$ref":"#/definitions/one.json/x"}},)"
        R"("two.json":{"y":{"$ref":"#/a"}}},)"
        R"("a":{"$ref":"#/definitions/one.json/x"},"b":{"$ref":"#/definitions/R"}})");
}

BOOST_AUTO_TEST_CASE(texts_are_indented) {
    BOOST_TEST(to_text(json::parse(R"({"a":[1,"b"],"c":{},"d":[],"e":18446744073709551615})")) ==
               "{\n    \"a\": [\n        1,\n        \"b\"\n    ],\n    \"c\": {},\n    \"d\": [],\n"
               "    \"e\": 18446744073709551615\n}\n");
}

BOOST_AUTO_TEST_CASE(folders_are_read) {
    const ocikit::test::TempDir folder;
    folder.write("config-schema.json", config_1_0_2);
    folder.write("defs.json", "{}");
    folder.write("README.md", "no schema");
    folder.write("test/config/good/minimal.json", "{}");
    BOOST_TEST(read_set(folder.path()).size() == 2u);
}

BOOST_AUTO_TEST_CASE(bad_folders_are_named) {
    const ocikit::test::TempDir folder;
    const std::string path = folder.path();
    const auto message = [&] { return message_of([&] { read_set(folder.path()); }); };
    BOOST_TEST(message() == path + ": holds no config-schema.json");
    folder.write("config-schema.json", R"({"properties":{"hooks":{"properties":{"prestart":{}}}}})");
    BOOST_TEST(message() == path + ": the schemas are older than version 1.0.2 of the specification");
    folder.write("config-schema.json", "{");
    BOOST_TEST(message().starts_with(path + "/config-schema.json: "));
}
