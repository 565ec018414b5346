// The test files of the official schemas: no check of ours refuses what they call good.
#include <cstdlib>
#include <filesystem>

#include <boost/test/unit_test.hpp>

#include "oci-validate/check.hpp"
#include "support/skip.hpp"

namespace fs = std::filesystem;
using ocikit::DocumentType;

BOOST_AUTO_TEST_CASE(official_test_files_get_their_verdicts) {
    const char* const named = std::getenv("OCIKIT_OFFICIAL_SCHEMA_DIR");
    const fs::path folder = fs::path(named ? named : OCIKIT_OFFICIAL_SCHEMA_DIR) / "test";
    if (!fs::exists(folder))
        return ocikit::test::skip(folder.string() + " does not exist (OCIKIT_OFFICIAL_SCHEMA_DIR names it)");
    const struct {
        const char* folder;
        DocumentType type;
    } types[] = {{"config", DocumentType::config},
                 {"state", DocumentType::state},
                 {"features", DocumentType::features}};
    std::size_t count = 0;
    for (const auto& type : types) {
        for (const bool good : {true, false}) {
            for (const auto& file : fs::directory_iterator(folder / type.folder / (good ? "good" : "bad"))) {
                ocikit::validate::Settings settings;
                settings.type = type.type;
                const auto report = ocikit::validate::check(file.path().string(), settings);
                BOOST_TEST(ocikit::has_errors(report.diagnostics) == !good, file.path());
                ++count;
            }
        }
    }
    BOOST_TEST(count >= 19u);
}
