#include <boost/test/unit_test.hpp>

#include <ocikit/version.hpp>

using ocikit::Version;

BOOST_AUTO_TEST_CASE(texts_that_are_no_versions) {
    for (const char* text :
         {"",        "1",      "1.0",        "1.0.0.0", "v1.0.0", "1.0.x",          "01.0.0",   "1.00.0",
          "1.0.-1",  "1..0",   ".1.0",       "1.0.",    "1.0.0-", "1.0.0-a..b",     "1.0.0-01", "1.0.0-a.",
          "1.0.0-ä", "1.0.0+", "1.0.0+a..b", "1.0.0 ",  " 1.0.0", "4294967296.0.0", "1.0.0-+a"})
        BOOST_TEST(!Version::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(parts) {
    const auto version = Version::parse("10.2.33-rc.1-x.0a+build.007");
    BOOST_TEST_REQUIRE(version.has_value());
    BOOST_TEST(version->major == 10u);
    BOOST_TEST(version->minor == 2u);
    BOOST_TEST(version->patch == 33u);
    BOOST_TEST(version->prerelease == "rc.1-x.0a");
    BOOST_TEST((*Version::parse("1.0.0+a") == *Version::parse("1.0.0+b")));
}

// Ascending, as SemVer 2.0.0 §11 orders them.
BOOST_AUTO_TEST_CASE(order) {
    const std::vector<const char*> ascending = {"0.9.9",
                                                "1.0.0-0",
                                                "1.0.0-2",
                                                "1.0.0-10",
                                                "1.0.0-18446744073709551616",
                                                "1.0.0-alpha",
                                                "1.0.0-alpha.1",
                                                "1.0.0-alpha.beta",
                                                "1.0.0-beta",
                                                "1.0.0-rc5-dev",
                                                "1.0.0",
                                                "1.0.1",
                                                "1.1.0",
                                                "1.3.0-rc.1",
                                                "1.3.0",
                                                "1.10.0",
                                                "2.0.0"};
    for (std::size_t i = 0; i < ascending.size(); ++i)
        for (std::size_t j = 0; j < ascending.size(); ++j)
            BOOST_TEST(((*Version::parse(ascending[i]) <=> *Version::parse(ascending[j])) == (i <=> j)),
                       ascending[i] << " and " << ascending[j]);
}

BOOST_AUTO_TEST_CASE(behavior_follows_the_bundles_version) {
    BOOST_TEST(!ocikit::behavior_of(*Version::parse("1.2.1")).poststart_failure_is_error);
    BOOST_TEST(ocikit::behavior_of(*Version::parse("1.3.0")).poststart_failure_is_error);
    BOOST_TEST(ocikit::behavior_of(*Version::parse("1.4.0")).poststart_failure_is_error);
}
