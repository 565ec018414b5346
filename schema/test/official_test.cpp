// The composed set against the official files of the version it stands for.
#include <cstdlib>
#include <filesystem>
#include <string>

#include <boost/test/unit_test.hpp>

#include "composed.hpp"
#include "support/skip.hpp"

using namespace ocikit::schema;
using namespace ocikit::schema::test;

namespace {

std::string official_folder() {
    const char* named = std::getenv("OCIKIT_OFFICIAL_SCHEMA_DIR");
    return named ? named : OCIKIT_OFFICIAL_SCHEMA_DIR;
}

void check_equal(const SchemaSet& actual, const SchemaSet& expected) {
    for (const auto& [name, content] : expected) {
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST_REQUIRE(actual.contains(name));
            // as texts, so that a failure shows more than that there is one
            if (actual.at(name) != content)
                BOOST_TEST(to_text(actual.at(name)) == to_text(content));
        }
    }
    BOOST_TEST(actual.size() == expected.size());
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_composed_set_equals_the_official_one_but_for_descriptions) {
    const std::string folder = official_folder();
    if (!std::filesystem::exists(folder))
        return ocikit::test::skip(folder + " does not exist (OCIKIT_OFFICIAL_SCHEMA_DIR names it)");
    const SchemaSet official = without_descriptions(read_set(folder));
    check_equal(without_descriptions(composed_from_base()), official);
    check_equal(without_descriptions(composed(read_set(folder))), official);
}
