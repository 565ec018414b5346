#include "../src/char_pattern.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

using ocikit::CharPattern;

BOOST_AUTO_TEST_CASE(patterns_match) {
    const struct {
        const char* expression;
        const char* text;
        bool matches;
    } table[] = {
        {"^RLIMIT_[A-Z]+$", "RLIMIT_NOFILE", true},
        {"^RLIMIT_[A-Z]+$", "RLIMIT_", false},
        {"^RLIMIT_[A-Z]+$", "RLIMIT_NO_FILE", false},
        {"^RLIMIT_[A-Z]+$", "xRLIMIT_A", false},
        {"^[1-9][0-9]*[KMG]B$", "2MB", true},
        {"^[1-9][0-9]*[KMG]B$", "1024KB", true},
        {"^[1-9][0-9]*[KMG]B$", "0KB", false},
        {"^[1-9][0-9]*[KMG]B$", "2M", false},
        {"^[1-9][0-9]*[KMG]B$", "2MBx", false},
        {"^[0-9, -]*$", "", true},
        {"^[0-9, -]*$", "0-3, 7", true},
        {"^[0-9, -]*$", "0-3;7", false},
        {"^MB:[^\\n]*$", "MB:0=50;1=\xc3\xa9", true},
        {"^MB:[^\\n]*$", "MB:0=50\n1=50", false},
        {"^[cbup]$", "c", true},
        {"^[cbup]$", "", false},
        {"^[cbup]$", "cc", false},
        {"^a?b+c$", "bc", true},
        {"^a?b+c$", "abbbc", true},
        {"^a?b+c$", "ac", false},
        {"^a*a*a$", "aaaa", true},
        {"^a*a?$", "b", false},
        {"^a.c$", "abc", true},
        {"^a\\.c$", "abc", false},
        {"^a\\.c$", "a.c", true},
        {"^$", "", true},
        {"^$", "a", false},
    };
    for (const auto& row : table)
        BOOST_TEST(CharPattern(row.expression).matches(row.text) == row.matches,
                   row.expression << " on \"" << row.text << "\"");
}

BOOST_AUTO_TEST_CASE(a_nul_is_a_character) {
    BOOST_TEST(!CharPattern("^[a-z]+$").matches(std::string("ab\0", 3)));
}

BOOST_AUTO_TEST_CASE(long_texts_take_linear_time) {
    const std::string text(3'000'000, 'a');
    BOOST_TEST(CharPattern("^a*a*a*a*$").matches(text));
    BOOST_TEST(!CharPattern("^a*a*a*b$").matches(text));
}

BOOST_AUTO_TEST_CASE(others_are_refused) {
    for (const char* expression : {"", "^", "a", "^a", "a$", "^(a)$", "^a|b$", "^a{2}$", "^\\d$", "^[\\w]$",
                                   "^[a$", "^*$", "^a**$", "^a\\$"})
        BOOST_CHECK_THROW(CharPattern{expression}, ocikit::Error);
    BOOST_CHECK_THROW(CharPattern("^" + std::string(64, 'a') + "$"), ocikit::Error);
}
