// The documents that the specification's own tests judge.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include <boost/test/unit_test.hpp>

#include <ocikit/schema.hpp>

#include "support/skip.hpp"

namespace fs = std::filesystem;
using namespace ocikit;

namespace {

bool is_valid(const fs::path& path, DocumentType type) {
    const Document document = Document::load(path.string());
    Diagnostics diagnostics = document.diagnostics();
    if (document.has_value())
        validate_schema(document, type, diagnostics);
    for (const Diagnostic& d : diagnostics)
        BOOST_TEST_MESSAGE(path.string() << ": " << d.pointer << ": " << d.message << " (" << d.rule << ")");
    return !has_errors(diagnostics);
}

}  // namespace

BOOST_AUTO_TEST_CASE(official_documents_get_the_right_verdict) {
    const char* named = std::getenv("OCIKIT_OFFICIAL_SCHEMA_DIR");
    const fs::path folder = fs::path(named ? named : OCIKIT_OFFICIAL_SCHEMA_DIR) / "test";
    if (!fs::exists(folder))
        return ocikit::test::skip(folder.string() + " does not exist (OCIKIT_OFFICIAL_SCHEMA_DIR names it)");
    const std::map<std::string, DocumentType> types{{"config", DocumentType::config},
                                                    {"state", DocumentType::state},
                                                    {"features", DocumentType::features}};
    for (const auto& [name, type] : types)
        for (const bool good : {true, false}) {
            std::size_t count = 0;
            for (const auto& file : fs::directory_iterator(folder / name / (good ? "good" : "bad"))) {
                BOOST_TEST_CONTEXT(file.path()) {
                    BOOST_TEST(is_valid(file.path(), type) == good);
                }
                ++count;
            }
            BOOST_TEST(count > 0u, folder << "/" << name << " has no documents");
        }
}
