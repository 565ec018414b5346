#include <filesystem>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/encode.hpp>

#include "support/skip.hpp"

namespace json = boost::json;
using ocikit::Document;

namespace {

// Equal but for the order of keys, as boost::json compares objects; written twice, the same bytes.
// What the specification doesn't have is left out, with a warning.
void check_round_trip(const std::string& path, const std::string& unknown = {}) {
    const Document document = Document::load(path);
    ocikit::Diagnostics found;
    const auto config = ocikit::decode_config(document, found);
    BOOST_TEST_REQUIRE(config.has_value());
    json::error_code error;
    json::value expected(document.value(), json::storage_ptr());
    if (!unknown.empty()) {
        BOOST_TEST_REQUIRE(found.size() == 1u);
        BOOST_TEST(found[0].pointer == unknown);
        const std::size_t slash = unknown.rfind('/');
        expected.find_pointer(unknown.substr(0, slash), error)->as_object().erase(unknown.substr(slash + 1));
    } else {
        BOOST_TEST(found.empty());
    }
    const json::value encoded = ocikit::encode(*config);
    BOOST_TEST((encoded == expected), path << " became " << ocikit::to_text(encoded));
    const std::string text = ocikit::to_text(encoded);
    const Document again = Document::parse(text, "again");
    const auto config_again = ocikit::decode_config(again, found);
    BOOST_TEST_REQUIRE(config_again.has_value());
    BOOST_TEST(ocikit::to_text(ocikit::encode(*config_again)) == text);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_config_with_every_section_comes_back) {
    check_round_trip(OCIKIT_TESTDATA "/configs/good/every-section.json");
}

BOOST_AUTO_TEST_CASE(the_example_of_the_specification_comes_back) {
    const std::string example = OCIKIT_OFFICIAL_SCHEMA_DIR "/test/config/good/spec-example.json";
    if (!std::filesystem::exists(example))
        return ocikit::test::skip("there is no checkout of runtime-spec (OCIKIT_OFFICIAL_SCHEMA_DIR)");
    // the example still has a member of before 1.0
    check_round_trip(example, "/linux/resources/oomScoreAdj");
}

BOOST_AUTO_TEST_CASE(what_is_absent_is_not_written) {
    ocikit::spec::Config config;
    config.ociVersion = "1.3.0";
    BOOST_TEST(ocikit::to_text(ocikit::encode(config), 0) == "{\"ociVersion\":\"1.3.0\"}\n");
    config.process.emplace().cwd = "/";
    config.process->rlimits.push_back({.type = "RLIMIT_CPU", .hard = 18446744073709551615u, .soft = 0});
    config.process->ioPriority = {.class_ = ocikit::spec::IoPriorityClass::be, .priority = -1};
    BOOST_TEST(
        ocikit::to_text(ocikit::encode(config), 0) ==
        R"({"ociVersion":"1.3.0","process":{"cwd":"/","rlimits":[{"type":"RLIMIT_CPU",)"
        R"("hard":18446744073709551615,"soft":0}],"ioPriority":{"class":"IOPRIO_CLASS_BE","priority":-1}}})"
        "\n");
}

BOOST_AUTO_TEST_CASE(layout) {
    const std::string long_word(30, 'x');
    const json::value value = {{"a", {1, "b", nullptr, true}},
                               {"empty", json::object()},
                               {"none", json::array()},
                               {"words", {long_word, long_word, "y"}},
                               {"objects", {{{"k", "v\n"}}, {{"k", "w"}}}}};
    BOOST_TEST(ocikit::to_text(value, 2) == R"({
  "a": [1, "b", null, true],
  "empty": {},
  "none": [],
  "words": [
    ")" + long_word + R"(",
    ")" + long_word + R"(",
    "y"
  ],
  "objects": [
    {
      "k": "v\n"
    },
    {
      "k": "w"
    }
  ]
}
)");
    // 80 columns with the comma that may follow
    const auto line_of = [](std::size_t length) {
        const std::string text = ocikit::to_text({{"k", {std::string(length, 'x')}}}, 2);
        return text.find("[\"") != std::string::npos;
    };
    BOOST_TEST(line_of(68));
    BOOST_TEST(!line_of(69));
}
