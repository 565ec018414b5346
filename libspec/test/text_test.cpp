#include <boost/test/unit_test.hpp>

#include <ocikit/text.hpp>

BOOST_AUTO_TEST_CASE(lengths_of_utf8_sequences) {
    struct Row {
        std::string text;
        std::size_t length;
    };
    for (const Row& row : std::vector<Row>{{"a", 1},
                                           {std::string(1, '\0'), 1},
                                           {"\xc3\xa9", 2},
                                           {"\xe2\x82\xac", 3},
                                           {"\xf0\x9f\x98\x80", 4},
                                           {"\xf4\x8f\xbf\xbf", 4},
                                           {"\x80", 0},      // a continuation
                                           {"\xc0\x80", 0},  // overlong
                                           {"\xc1\xbf", 0},
                                           {"\xe0\x9f\xbf", 0},
                                           {"\xf0\x8f\xbf\xbf", 0},
                                           {"\xed\xa0\x80", 0},      // a surrogate
                                           {"\xf4\x90\x80\x80", 0},  // beyond U+10FFFF
                                           {"\xf5\x80\x80\x80", 0},
                                           {"\xe2\x82", 0},  // cut off
                                           {"\xe2\x82z", 0}})
        BOOST_TEST(ocikit::utf8_length(row.text, 0) == row.length, ocikit::printable(row.text));
}

BOOST_AUTO_TEST_CASE(what_a_terminal_would_act_on_is_escaped) {
    BOOST_TEST(ocikit::printable("a\x1b[31m\n\x7f") == "a\\x1b[31m\\x0a\\x7f");
    BOOST_TEST(ocikit::printable("a\u202eb\u2066\u200f\u2028") ==
               "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6\\xe2\\x80\\x8f\\xe2\\x80\\xa8");
    BOOST_TEST(ocikit::printable("‘a’ – …") == "‘a’ – …");
    BOOST_TEST(ocikit::printable("é\xff") == "é\\xff");
    BOOST_TEST(ocikit::printable("\xc2\x9b"
                                 "1m") == "\\xc2\\x9b1m");  // CSI as one character
    BOOST_TEST(ocikit::quoted("a\"b\\") == R"("a\"b\\")");
    BOOST_TEST(ocikit::quoted("éééé", 5) == "\"ééé…\"");
    BOOST_TEST(ocikit::shown("1e\n5") == "1e 5");
    BOOST_TEST(ocikit::shown(std::string(1'000'000, '1'), 4) == "1111…");
}

BOOST_AUTO_TEST_CASE(alternatives) {
    BOOST_TEST(ocikit::one_of({}) == "");
    BOOST_TEST(ocikit::one_of({"a"}) == "a");
    BOOST_TEST(ocikit::one_of({"a", "b", "c"}) == "a, b or c");
}

BOOST_AUTO_TEST_CASE(what_was_meant) {
    const std::vector<std::string_view> names = {"process", "root", "hostname", "readonly", "cgroupsPath"};
    struct Row {
        std::string_view word, meant;
    };
    for (const Row& row : std::vector<Row>{{"proces", "process"},
                                           {"porcess", "process"},
                                           {"hostName", "hostname"},
                                           {"readOnly", "readonly"},
                                           {"cgroupPath", "cgroupsPath"},
                                           {"host", "hostname"},
                                           {"toor", ""},
                                           {"x", ""},
                                           {"", ""},
                                           {"namespaces", ""}})
        BOOST_TEST(ocikit::nearest(row.word, names) == row.meant, row.word);
    BOOST_TEST(ocikit::nearest(std::string(1'000'000, 'x'), names) == "");
}
