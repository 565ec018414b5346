#include <chrono>
#include <fstream>
#include <sys/stat.h>
#include <thread>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

#include "support/temp_dir.hpp"

using ocikit::Document;
using ocikit::Position;
using Part = ocikit::Document::Part;

namespace {

struct Bad {
    std::string text;
    std::string rule;
    Position position;
    std::string words;  // a part of the message
};

const std::vector<Bad> bad_texts = {
    {"", "syntax/empty", {1, 1}, "the text is empty"},
    {" \n ", "syntax/empty", {1, 1}, "nothing but white space"},
    {"\xef\xbb\xbf{}", "syntax/byte-order-mark", {1, 1}, "byte order mark"},
    {"\xff\xfe{\0", "syntax/byte-order-mark", {1, 1}, "UTF-16"},
    {R"({"a":1,})", "syntax/json", {1, 8}, "found '}' (no comma may follow"},
    {"[1,]", "syntax/json", {1, 4}, "found ']' (no comma may follow"},
    {"[1 2]", "syntax/json", {1, 4}, "expected ',' or ']', found \"2\""},
    {"{\n  \"a\": 1\n  \"b\": 2\n}",
     "syntax/json",
     {3, 3},
     "expected ',' or '}', found a string (is a comma missing"},
    {R"({"a" 1})", "syntax/json", {1, 6}, "expected ':' after the key, found \"1\""},
    {"{a: 1}", "syntax/json", {1, 2}, "expected a key in double quotes or '}', found \"a\""},
    {"{'a': 1}", "syntax/json", {1, 2}, "found a single quote"},
    {R"({"ociVersion": 1)", "syntax/truncated", {1, 17}, "inside the object that begins at 1:1"},
    {"[\n[", "syntax/truncated", {2, 2}, "inside the array that begins at 2:1, expected a value"},
    {"[\"abc", "syntax/truncated", {1, 6}, "inside the string that begins at 1:2"},
    {"[\"abc\\", "syntax/truncated", {1, 7}, "escape"},
    {"[\"abc\\u00", "syntax/truncated", {1, 10}, "escape"},
    {"tru", "syntax/truncated", {1, 4}, "expected true"},
    {"-", "syntax/truncated", {1, 2}, "a digit after '-'"},
    {"[True]", "syntax/json", {1, 2}, "found \"True\" (JSON has true, false and null)"},
    {"[NaN]", "syntax/json", {1, 2}, "expected a value, found \"NaN\""},
    {"[+1]", "syntax/json", {1, 2}, "found '+'"},
    {"[01]", "syntax/json", {1, 2}, "the number 01 begins with a zero"},
    {"[1.]", "syntax/json", {1, 4}, "a digit after the decimal point"},
    {"[1e]", "syntax/json", {1, 4}, "a digit in the exponent"},
    {"[1e99999999999]", "syntax/json", {1, 13}, "exponent"},
    {"[1] x", "syntax/trailing", {1, 5}, "found \"x\" after the end"},
    {"{}\n{}", "syntax/trailing", {2, 1}, "found '{' after the end"},
    {"{} // done", "syntax/trailing", {1, 4}, "JSON has no comments"},
    {"[/* one */ 1]", "syntax/json", {1, 2}, "JSON has no comments"},
    {"[\"a\nb\"]", "syntax/json", {1, 4}, "found a line break in the string that begins at 1:2"},
    {"[\"a\tb\"]", "syntax/json", {1, 4}, "U+0009"},
    {R"(["a\xb"])", "syntax/json", {1, 4}, "unknown escape '\\x'"},
    {R"(["\u12g4"])", "syntax/json", {1, 3}, "four hexadecimal digits"},
    {R"(["\ud800"])", "syntax/json", {1, 3}, "\\ud800 is half of a surrogate pair"},
    {R"(["\udc00"])", "syntax/json", {1, 3}, "\\udc00 is half of a surrogate pair"},
    {R"(["\ud800\u0041"])", "syntax/json", {1, 3}, "half of a surrogate pair"},
    {"[\"\xff\"]", "syntax/utf-8", {1, 3}, "byte 0xff is not valid UTF-8"},
    {"[\"\xc0\x80\"]", "syntax/utf-8", {1, 3}, "byte 0xc0"},
    {"[\"\xed\xa0\x80\"]", "syntax/utf-8", {1, 3}, "byte 0xed"},
    {"[\xfe]", "syntax/utf-8", {1, 2}, "byte 0xfe"},
    {"[\"ö\", é]", "syntax/json", {1, 8}, "found \"é\""},
    {"[\f1]", "syntax/json", {1, 2}, "U+000C"},
    {std::string("[\0]", 3), "syntax/json", {1, 2}, "U+0000"},
    {std::string(33, '['), "syntax/depth", {1, 33}, "deeper than 32"},
    {std::string(5'000'000, '['), "syntax/depth", {1, 33}, "deeper than 32"},
    {R"({"a":1,"a":2})",
     "syntax/duplicate-key",
     {1, 8},
     "the key \"a\" is in this object already, at line 1"},
    {"{\"x\":{\n\"a\":1,\"b\":[{}],\n\"\\u0061\":2}}", "syntax/duplicate-key", {3, 1}, "already, at line 2"},
};

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_not_json_is_told_with_its_place) {
    for (const Bad& bad : bad_texts) {
        BOOST_TEST_CONTEXT(bad.text.substr(0, 60)) {
            const Document document = Document::parse(bad.text, "test");
            BOOST_TEST(document.has_value() == (bad.rule == "syntax/duplicate-key"));
            BOOST_TEST_REQUIRE(document.diagnostics().size() == 1u);
            const ocikit::Diagnostic& found = document.diagnostics()[0];
            BOOST_TEST(found.rule == bad.rule);
            BOOST_TEST(found.position.line == bad.position.line);
            BOOST_TEST(found.position.column == bad.position.column);
            BOOST_TEST((found.severity == ocikit::Severity::error));
            BOOST_TEST(found.message.find(bad.words) != std::string::npos, found.message);
        }
    }
}

BOOST_AUTO_TEST_CASE(texts_that_are_json_have_no_findings) {
    for (const std::string text :
         {"1", "-0", " {} ", "[]", "\"\\ud83d\\ude00 \\u0000 \x7f\"", R"({"a":{"b":1},"c":[{"b":":"}]})",
          "18446744073709551616", "-1.5E+10", R"({"a\"":1,"a":2,"\\":3})", "null"}) {
        const Document document = Document::parse(text, "test");
        BOOST_TEST(document.has_value(), text);
        BOOST_TEST(document.diagnostics().empty(), text);
    }
    BOOST_TEST(Document::parse(std::string(32, '[') + std::string(32, ']'), "test").has_value());
}

// The scanner decides about nothing, so where it and the parser disagree a message would be lost or wrong.
BOOST_AUTO_TEST_CASE(scanner_and_parser_agree_on_damaged_texts) {
    const std::string good = R"({"a": [1, -2.5e3, true, null, "x\u00e9\n"], "é": {"": {}, "b": [[]]}})";
    const std::string bytes = std::string("\0\"\\{}[],:0-.eEtu \n/\xc3\xff", 22);
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (int kind = 0; kind < 2 + static_cast<int>(bytes.size()); ++kind) {
            std::string text = good;
            if (kind == 0)
                text.resize(i);
            else if (kind == 1)
                text.erase(i, 1);
            else
                text[i] = bytes[static_cast<std::size_t>(kind - 2)];
            boost::json::error_code error;
            boost::json::parse(text, error);
            const Document document = Document::parse(text, "test");
            BOOST_TEST(document.has_value() == !error, text);
            if (!error)
                continue;
            BOOST_TEST_REQUIRE(document.diagnostics().size() == 1u);
            const std::string& message = document.diagnostics()[0].message;
            BOOST_TEST(message != error.message(), text << ": " << message);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_value_has_a_place) {
    const Document document = Document::parse(
        "{\"a\": [10,\n  {\"b/c\": \"x\", \"d~\": -1}],\n \"\": {}, \"\\u0065\": true}", "test");
    struct Place {
        std::string pointer;
        Part part;
        Position position;
        std::string source;
    };
    const std::vector<Place> places = {
        {"", Part::key, {1, 1}, {}},
        {"/a", Part::value, {1, 7}, "[10,\n  {\"b/c\": \"x\", \"d~\": -1}]"},
        {"/a", Part::key, {1, 2}, ""},
        {"/a/0", Part::value, {1, 8}, "10"},
        {"/a/0", Part::key, {1, 8}, "10"},
        {"/a/1/b~1c", Part::value, {2, 11}, "\"x\""},
        {"/a/1/d~0", Part::key, {2, 16}, ""},
        {"/a/1/d~0", Part::value, {2, 22}, "-1"},
        {"/", Part::value, {3, 6}, "{}"},
        {"/e", Part::value, {3, 20}, "true"},
        {"/a/2", Part::value, {1, 7}, ""},   // nearest parent
        {"/a/01", Part::value, {1, 7}, ""},  // no index
        {"/a/1/x/y", Part::key, {2, 3}, {}},
        {"nothing", Part::value, {1, 1}, ""},
    };
    for (const Place& place : places) {
        BOOST_TEST_CONTEXT(place.pointer) {
            const Position found = document.locate(place.pointer, place.part);
            BOOST_TEST(found.line == place.position.line);
            BOOST_TEST(found.column == place.position.column);
            if (place.part == Part::value)
                BOOST_TEST(document.source(place.pointer) == place.source);
        }
    }
}

BOOST_AUTO_TEST_CASE(of_duplicate_keys_the_last_counts_and_each_repeat_is_told) {
    const Document document = Document::parse(R"({"a":1,"b":{"a":0},"a":2,"a":3})", "test");
    BOOST_TEST(document.value().at("a").as_int64() == 3);
    BOOST_TEST(document.source("/a") == "3");
    BOOST_TEST_REQUIRE(document.diagnostics().size() == 2u);
    BOOST_TEST(document.diagnostics()[0].position.column == 20u);
    BOOST_TEST(document.diagnostics()[1].position.column == 26u);
    BOOST_TEST(document.diagnostics()[1].pointer == "/a");
}

BOOST_AUTO_TEST_CASE(limits_hold) {
    const ocikit::DocumentLimits small{.size = 6, .depth = 1};
    BOOST_TEST(Document::parse("[1, 2]", "test", small).has_value());
    const Document large = Document::parse("[1,\n 2]", "test", small);
    BOOST_TEST_REQUIRE(large.diagnostics().size() == 1u);
    BOOST_TEST(large.diagnostics()[0].rule == "syntax/size");
    BOOST_TEST(large.diagnostics()[0].position.line == 2u);
    const Document deep = Document::parse("[[]]", "test", small);
    BOOST_TEST_REQUIRE(deep.diagnostics().size() == 1u);
    BOOST_TEST(deep.diagnostics()[0].rule == "syntax/depth");
    BOOST_TEST(deep.diagnostics()[0].position.column == 2u);
}

BOOST_AUTO_TEST_CASE(files_pipes_and_what_cannot_be_read) {
    const ocikit::test::TempDir dir;
    const std::string file = dir.write("config.json", "{\"a\": 1}");
    BOOST_TEST(Document::load(file).value().at("a").as_int64() == 1);
    BOOST_TEST(Document::load(file).name() == file);

    const std::string fifo = dir.path("fifo");
    BOOST_TEST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    std::thread writer([&fifo] { std::ofstream(fifo) << "[1]" << std::flush; });
    const Document piped = Document::load(fifo);
    writer.join();
    BOOST_TEST(piped.has_value());

    const auto text_of = [](const std::string& path) {
        try {
            Document::load(path);
        } catch (const ocikit::Error& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    BOOST_TEST(text_of(dir.path("")) == dir.path("") + ": is a directory");
    BOOST_TEST(text_of(dir.path("none")) == dir.path("none") + ": open: no such file or directory");
    BOOST_TEST(text_of(file + "/x") == file + "/x: open: not a directory");

    const Document endless = Document::load("/dev/zero", {.size = 1000, .depth = 32});
    BOOST_TEST_REQUIRE(endless.diagnostics().size() == 1u);
    BOOST_TEST(endless.diagnostics()[0].rule == "syntax/size");
}

// A scan that looks through all members for each place would take minutes here.
BOOST_AUTO_TEST_CASE(places_in_a_large_object_are_found_fast) {
    std::string text = "{";
    for (int i = 0; i < 200'000; ++i)
        text += (i ? ",\"" : "\"") + std::to_string(i) + "\":0";
    text += "}";
    const Document document = Document::parse(text, "test");
    const auto begin = std::chrono::steady_clock::now();
    std::size_t sum = 0;
    for (int i = 0; i < 200'000; ++i)
        sum += document.locate('/' + std::to_string(i)).column;
    BOOST_TEST(sum > 0u);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(30)));
}
