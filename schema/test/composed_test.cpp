// The composed set, checked without anything but the base and the amendments.
#include "composed.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace json = boost::json;
using namespace ocikit::schema;
using namespace ocikit::schema::test;

namespace {

// The same text for the same set, whatever the order of members: sorted keys, no white space.
std::string canonical(const json::value& value) {
    std::string text;
    if (value.is_object()) {
        std::vector<std::string> members;
        for (const auto& member : value.get_object())
            members.push_back(json::serialize(json::string(member.key())) + ":" + canonical(member.value()));
        std::sort(members.begin(), members.end());
        for (const std::string& member : members)
            text += (text.empty() ? "" : ",") + member;
        return "{" + text + "}";
    }
    if (!value.is_array())
        return json::serialize(value);
    for (const json::value& element : value.get_array())
        text += (text.empty() ? "" : ",") + canonical(element);
    return "[" + text + "]";
}

// FNV-1a, 64 bits: enough to notice a change, and that's all it is for.
std::string digest(const SchemaSet& set) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const auto& [name, content] : without_descriptions(set))
        for (const char c : name + " " + canonical(content) + "\n")
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
}

void check_self_contained(const json::value& document, const json::value& part) {
    if (part.is_array())
        for (const json::value& element : part.get_array())
            check_self_contained(document, element);
    if (!part.is_object())
        return;
    for (const auto& member : part.get_object()) {
        if (member.key() != "$ref" || !member.value().is_string()) {
            check_self_contained(document, member.value());
            continue;
        }
        const std::string reference(member.value().get_string());
        BOOST_TEST_CONTEXT(reference) {
            BOOST_TEST_REQUIRE(reference.starts_with("#/"));
            json::error_code error;
            BOOST_TEST(document.find_pointer(reference.substr(1), error) != nullptr);
        }
    }
}

}  // namespace

// After a wanted change of the amendments, the new digest is in this test's message.
BOOST_AUTO_TEST_CASE(the_set_is_the_known_one) {
    BOOST_TEST(digest(composed_from_base()) == "2a86b69a876d7faa");
}

// A base may have any of the amendments already.
BOOST_AUTO_TEST_CASE(composing_twice_changes_nothing) {
    const SchemaSet once = composed_from_base();
    BOOST_TEST((composed(once) == once));
}

BOOST_AUTO_TEST_CASE(every_reference_resolves) {
    BOOST_CHECK_NO_THROW(check_references(composed_from_base()));
}

BOOST_AUTO_TEST_CASE(bundles_are_self_contained) {
    const SchemaSet set = composed_from_base();
    for (const char* root : {"config-schema.json", "state-schema.json", "features-schema.json"}) {
        BOOST_TEST_CONTEXT(root) {
            const json::value document = bundle(set, root);
            check_self_contained(document, document);
        }
    }
}

BOOST_AUTO_TEST_CASE(bundles_keep_the_root_and_hold_what_it_reaches) {
    const SchemaSet set = composed_from_base();
    const json::value state = bundle(set, "state-schema.json");
    const auto& definitions = state.at("definitions").as_object();
    BOOST_TEST(definitions.size() == 1u);
    BOOST_TEST(definitions.contains("defs.json"));
    BOOST_TEST(state.at_pointer("/properties/ociVersion/$ref").as_string() ==
               "#/definitions/defs.json/definitions/ociVersion");
    json::value rest = state;
    rest.as_object().erase("definitions");
    rest.at_pointer("/properties/ociVersion/$ref") = "defs.json#/definitions/ociVersion";
    rest.at_pointer("/properties/annotations/$ref") = "defs.json#/definitions/annotations";
    BOOST_TEST((rest == set.at("state-schema.json")));

    const json::value config = bundle(set, "config-schema.json");
    BOOST_TEST(config.at("definitions").as_object().size() == 12u);
    BOOST_TEST(config.at_pointer("/definitions/defs-linux.json/definitions/Device/properties/type/$ref") ==
               "#/definitions/defs-linux.json/definitions/FileType");
}
