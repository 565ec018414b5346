// The catalogue of rules: its examples are what they say, and so are the cases of
// testdata/rules, which have one defect each or none.
#include <algorithm>
#include <filesystem>
#include <set>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/rules.hpp>

#include "support/json_cases.hpp"

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace ocikit;
using ocikit::test::read;

namespace {

// Examples are applied to less: what they have is all of its kind.
json::value example(std::string_view text) {
    json::value config = json::parse(R"({"hostname": null, "mounts": null, "process": {"capabilities": null},
        "linux": {"maskedPaths": null, "readonlyPaths": null}})");
    // a merge would take the nulls away
    const json::value patch = json::parse(text);
    for (const auto& member : patch.as_object()) {
        json::value& into = config.as_object()[member.key()];
        if (into.is_object() && member.value().is_object())
            for (const auto& inner : member.value().as_object())
                into.as_object()[inner.key()] = inner.value();
        else
            into = member.value();
    }
    return config;
}

// The findings on the base configuration with a patch applied.
Diagnostics check(const json::value& patch, bool runtime_only = false) {
    json::value config = read(OCIKIT_TESTDATA "/rules/base.json");
    ocikit::test::merge(config, patch);
    const Document document = Document::parse(json::serialize(config), "test");
    Diagnostics found;
    const auto decoded = decode_config(document, found);
    if (decoded)
        check_config(document, *decoded, found, {.runtime_only = runtime_only});
    return found;
}

std::string listed(const Diagnostics& found, std::string_view rule = {}) {
    std::string text;
    for (const Diagnostic& one : found)
        if (one.severity != Severity::info && !ocikit::test::is_side_effect(one.rule, rule))
            text += one.rule + " " + one.pointer + "; ";
    return text;
}

bool has(const Diagnostics& found, std::string_view rule) {
    return std::any_of(found.begin(), found.end(), [rule](const auto& one) { return one.rule == rule; });
}

}  // namespace

BOOST_AUTO_TEST_CASE(rules_are_told_apart_and_explained) {
    std::set<std::string_view> ids;
    for (const Rule& rule : all_rules()) {
        BOOST_TEST_CONTEXT(rule.id) {
            BOOST_TEST(ids.insert(rule.id).second);
            BOOST_TEST(std::count(rule.id.begin(), rule.id.end(), '/') == 1);
            BOOST_TEST(!rule.summary.empty());
            BOOST_TEST(!rule.summary.ends_with('.'));
            BOOST_TEST(rule.details.ends_with('.'));
            BOOST_TEST(!rule.source.empty());
            BOOST_TEST((rule.check != nullptr) == (rule.scope == RuleScope::config));
            BOOST_TEST((!rule.runtime_refuses || rule.severity == Severity::error));
            BOOST_TEST(find_rule(rule.id) == &rule);
        }
    }
    BOOST_TEST(find_rule("no/such-rule") == nullptr);
}

BOOST_AUTO_TEST_CASE(examples_are_what_they_say) {
    for (const Rule& rule : all_rules()) {
        if (rule.scope != RuleScope::config || rule.bad.empty())
            continue;
        BOOST_TEST_CONTEXT(rule.id) {
            const Diagnostics bad = check(example(rule.bad));
            BOOST_TEST(has(bad, rule.id), listed(bad));
            for (const Diagnostic& one : bad)
                if (one.rule == rule.id)
                    BOOST_TEST((one.severity == rule.severity));
            BOOST_TEST(has(check(example(rule.bad), true), rule.id) == rule.runtime_refuses);
            const Diagnostics good = check(example(rule.good));
            BOOST_TEST(!has(good, rule.id), listed(good));
            BOOST_TEST(!has_errors(good), listed(good));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_base_has_no_findings) {
    BOOST_TEST(listed(check(json::object{})) == "");
}

BOOST_AUTO_TEST_CASE(cases) {
    std::size_t count = 0;
    for (const auto& file : fs::directory_iterator(OCIKIT_TESTDATA "/rules/cases")) {
        const json::value all = read(file.path());
        for (const json::value& one : all.as_array()) {
            std::string expected;
            std::string about;
            if (const json::value* rule = one.as_object().if_contains("rule")) {
                about = json::value_to<std::string>(*rule);
                expected = json::value_to<std::string>(*rule) + " " +
                           json::value_to<std::string>(one.at("pointer")) + "; ";
            }
            const std::string found = listed(check(one.at("config")), about);
            BOOST_TEST(found == expected, file.path().filename()
                                              << ": " << json::serialize(one) << ": found " << found);
            ++count;
        }
    }
    BOOST_TEST(count >= 300u);
}

BOOST_AUTO_TEST_CASE(other_platforms_are_left_alone) {
    const auto found = check(json::parse(
        R"({"linux": null, "windows": {"layerFolders": ["C:\\layers\\1"]}, "process": {"args": null,
            "commandLine": "app.exe", "cwd": "C:\\app"}, "mounts": null, "hostname": "web",
            "root": {"path": "\\\\?\\Volume{ec84d99e-3f02-11e7-ac6c-00155d7682cf}\\", "readonly": false}})"));
    BOOST_TEST(listed(found) == "");
}

BOOST_AUTO_TEST_CASE(duplicates_have_both_places) {
    const auto found = check(json::parse(
        R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}, {"type": "uts"}, {"type": "pid"}]}})"));
    const auto twice = std::find_if(found.begin(), found.end(),
                                    [](const auto& one) { return one.rule == "namespaces/duplicate"; });
    BOOST_TEST_REQUIRE((twice != found.end()));
    BOOST_TEST_REQUIRE(twice->related.size() == 1u);
    BOOST_TEST(twice->related[0].pointer == "/linux/namespaces/1");
    BOOST_TEST(twice->related[0].position.column < twice->position.column);
}
