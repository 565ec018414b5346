#include <filesystem>

#include <boost/test/unit_test.hpp>

#include <ocikit/bundle.hpp>
#include <ocikit/decode.hpp>
#include <ocikit/error.hpp>

#include "support/temp_dir.hpp"

using ocikit::Document;
using ocikit::test::TempDir;

namespace {

std::string error_of_config_path(const std::string& bundle) {
    try {
        return "no error: " + ocikit::config_path(bundle);
    } catch (const ocikit::Error& error) {
        return error.what() + ("|" + error.hint());
    }
}

ocikit::Diagnostics root_findings(const std::string& bundle, const std::string& members) {
    const Document document = Document::parse("{\"ociVersion\": \"1.0.2\"" + members + "}", "test");
    ocikit::Diagnostics found;
    const auto config = ocikit::decode_config(document, found);
    BOOST_TEST_REQUIRE(config.has_value());
    ocikit::check_root(document, *config, bundle, found);
    return found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(path_of_the_config) {
    const TempDir dir;
    const std::string real = std::filesystem::canonical(dir.path()).string();
    BOOST_TEST(error_of_config_path(dir.path("none")) == dir.path("none") + ": no such file or directory|");
    BOOST_TEST(error_of_config_path(dir.path()) ==
               real +
                   "/config.json: no such file or directory|a bundle is a directory with a config.json; "
                   "oci-gen makes one");
    const std::string config = dir.write("config.json", "{}");
    BOOST_TEST(error_of_config_path(config) == config + "/config.json: not a directory|");
    std::filesystem::create_directory_symlink(dir.path(), dir.path("link"));
    BOOST_TEST(ocikit::config_path(dir.path("link/.")) == real + "/config.json");
    std::filesystem::create_directories(dir.path("b/config.json"));
    BOOST_TEST(error_of_config_path(dir.path("b")) == real + "/b/config.json: is a directory|");
}

BOOST_AUTO_TEST_CASE(path_of_the_root) {
    BOOST_TEST(ocikit::root_path("/b", {.path = "rootfs", .readonly = {}}) == "/b/rootfs");
    BOOST_TEST(ocikit::root_path("/b", {.path = "/srv/r", .readonly = {}}) == "/srv/r");
    const std::string here = std::filesystem::current_path().string();
    BOOST_TEST(ocikit::root_path("b", {.path = "r", .readonly = {}}) == here + "/b/r");
}

BOOST_AUTO_TEST_CASE(root_must_be_a_directory) {
    const TempDir dir;
    std::filesystem::create_directory(dir.path("rootfs"));
    dir.write("file", "");
    BOOST_TEST(root_findings(dir.path(), R"(, "root": {"path": "rootfs"})").empty());
    BOOST_TEST(root_findings("/", R"(, "root": {"path": ")" + dir.path("rootfs") + "\"}").empty());
    BOOST_TEST(root_findings(dir.path(), R"(, "windows": {}, "root": {"path": "C:\\volume"})").empty());
    struct Bad {
        std::string members;
        std::string rule;
        std::string words;
        std::size_t column;
    };
    for (const Bad& bad : std::vector<Bad>{
             {"", "root/missing", "\"root\" is missing", 1},
             {R"(, "root": {"path": "none"})", "root/exists", "none\": no such file or directory", 42},
             {R"(, "root": {"path": "file"})", "root/exists", "file\": not a directory", 42}}) {
        const ocikit::Diagnostics found = root_findings(dir.path(), bad.members);
        BOOST_TEST_REQUIRE(found.size() == 1u);
        BOOST_TEST(found[0].rule == bad.rule);
        BOOST_TEST(found[0].message.find(bad.words) != std::string::npos, found[0].message);
        BOOST_TEST(found[0].position.column == bad.column);
    }
}
