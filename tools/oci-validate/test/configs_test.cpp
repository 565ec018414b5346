// The configs of testdata: the good ones have no errors, each bad one just this.
#include <filesystem>
#include <map>
#include <set>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "oci-validate/check.hpp"
#include "support/json_cases.hpp"
#include "support/temp_dir.hpp"

namespace fs = std::filesystem;
namespace json = boost::json;
using ocikit::Position;
using ocikit::test::read;
using ocikit::validate::check;

namespace {

struct Expected {
    std::string rule;
    Position position;
    std::string pointer = {};
};

const std::map<std::string, Expected> bad = {
    {"annotation-value.json", {"schema/type", {5, 26}, "/annotations/a~1b"}},
    {"byte-order-mark.json", {"syntax/byte-order-mark", {1, 1}}},
    {"comment.json", {"syntax/json", {2, 3}}},
    {"duplicate-key.json", {"syntax/duplicate-key", {6, 3}, "/root"}},
    {"empty.json", {"syntax/empty", {1, 1}}},
    {"exponent.json", {"schema/type", {5, 47}, "/linux/resources/memory/limit"}},
    {"fraction.json", {"schema/type", {3, 61}, "/process/user/uid"}},
    {"int64-overflow.json", {"schema/range", {5, 47}, "/linux/resources/memory/limit"}},
    {"line-break-in-string.json", {"syntax/json", {5, 17}}},
    {"missing-comma.json", {"syntax/json", {3, 3}}},
    {"mount-without-destination.json", {"schema/required", {7, 5}, "/mounts/1"}},
    {"mounts-as-object.json", {"schema/type", {5, 13}, "/mounts"}},
    {"namespace-type.json", {"schema/enum", {5, 54}, "/linux/namespaces/1/type"}},
    {"negative-shares.json", {"schema/range", {5, 45}, "/linux/resources/cpu/shares"}},
    {"no-cwd.json", {"schema/required", {3, 14}, "/process"}},
    {"no-root.json", {"root/missing", {1, 1}}},
    {"no-version.json", {"schema/required", {1, 1}}},
    {"not-an-object.json", {"schema/type", {1, 1}}},
    {"nul-in-argument.json", {"decode/nul", {3, 36}, "/process/args/0"}},
    {"null.json", {"schema/type", {5, 15}, "/hostname"}},
    {"rlimit-type.json", {"schema/pattern", {3, 66}, "/process/rlimits/0/type"}},
    {"root-is-a-file.json", {"root/exists", {4, 20}, "/root/path"}},
    {"seccomp-action.json", {"schema/enum", {5, 42}, "/linux/seccomp/defaultAction"}},
    {"seccomp-no-names.json", {"schema/items", {5, 83}, "/linux/seccomp/syscalls/0/names"}},
    {"single-quotes.json", {"syntax/json", {5, 15}}},
    {"string-for-number.json", {"schema/type", {3, 61}, "/process/user/uid"}},
    {"too-deep.json", {"syntax/depth", {5, 195}}},
    {"trailing-comma.json", {"syntax/json", {5, 1}}},
    {"trailing-text.json", {"syntax/trailing", {6, 1}}},
    {"truncated.json", {"syntax/truncated", {3, 34}}},
    {"uid-beyond-32-bits.json", {"schema/range", {3, 61}, "/process/user/uid"}},
    {"uint64-overflow.json", {"schema/range", {5, 75}, "/linux/resources/hugepageLimits/0/limit"}},
    {"utf-16.json", {"syntax/byte-order-mark", {1, 1}}},
    {"utf-8.json", {"syntax/utf-8", {5, 17}}},
    {"version.json", {"schema/type", {2, 17}, "/ociVersion"}},
    {"white-space.json", {"syntax/empty", {1, 1}}},
    {"windows-section.json", {"schema/type", {5, 31}, "/windows/layerFolders"}},
};

// As a bundle, with an empty root: a file of another name is a document by itself, without one.
ocikit::Diagnostics findings(const fs::path& file) {
    const ocikit::test::TempDir bundle;
    fs::copy_file(file, bundle.path("config.json"));
    fs::create_directory(bundle.path("rootfs"));
    return check(bundle.path(), {.least = ocikit::Severity::error, .disabled = {"program"}}).diagnostics;
}

}  // namespace

BOOST_AUTO_TEST_CASE(good_configs) {
    std::size_t count = 0;
    for (const auto& file : fs::directory_iterator(OCIKIT_TESTDATA "/configs/good")) {
        for (const ocikit::Diagnostic& found : findings(file.path()))
            BOOST_ERROR(file.path() << ": " << found.pointer << ": " << found.message);
        ++count;
    }
    BOOST_TEST(count >= 7u);
}

BOOST_AUTO_TEST_CASE(bad_configs) {
    std::set<std::string> seen;
    for (const auto& file : fs::directory_iterator(OCIKIT_TESTDATA "/configs/bad")) {
        const std::string name = file.path().filename().string();
        seen.insert(name);
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST_REQUIRE(bad.contains(name));
            const Expected& expected = bad.at(name);
            const auto diagnostics = findings(file.path());
            BOOST_TEST_REQUIRE(diagnostics.size() == 1u);
            const ocikit::Diagnostic& found = diagnostics[0];
            BOOST_TEST((found.severity == ocikit::Severity::error));
            BOOST_TEST(found.rule == expected.rule);
            BOOST_TEST(found.pointer == expected.pointer);
            BOOST_TEST(found.position.line == expected.position.line);
            BOOST_TEST(found.position.column == expected.position.column);
        }
    }
    for (const auto& [name, expected] : bad)
        BOOST_TEST(seen.contains(name), name << " is not there");
}

// The schema and the rules together: what the schema refuses already isn't said twice, and
// it refuses nothing that the rules find valid.
BOOST_AUTO_TEST_CASE(cases_of_the_rules) {
    const json::value base = read(OCIKIT_TESTDATA "/rules/base.json");
    const ocikit::test::TempDir dir;
    for (const auto& file : fs::directory_iterator(OCIKIT_TESTDATA "/rules/cases")) {
        const json::value all = read(file.path());
        for (const json::value& one : all.as_array()) {
            json::value config = base;
            ocikit::test::merge(config, one.at("config"));
            auto found = check(dir.write("case.json", json::serialize(config)), {}).diagnostics;
            const json::value* const rule = one.as_object().if_contains("rule");
            const std::string about = rule ? json::value_to<std::string>(*rule) : "";
            std::erase_if(found, [&about](const auto& finding) {
                return ocikit::test::is_side_effect(finding.rule, about);
            });
            BOOST_TEST_CONTEXT(file.path().filename() << ": " << json::serialize(one)) {
                const json::value* const pointer = one.as_object().if_contains("pointer");
                BOOST_TEST(found.size() == (pointer ? 1u : 0u));
                for (const auto& finding : found)
                    BOOST_TEST(finding.pointer == (pointer ? json::value_to<std::string>(*pointer) : "none"),
                               finding.rule << ' ' << finding.pointer << ": " << finding.message);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(modes_of_devices_may_have_the_bits_of_a_type) {
    const ocikit::test::TempDir dir;
    const auto found = [&dir](const std::string& mode) {
        const auto all =
            check(dir.write("mode.json",
                            R"({"ociVersion": "1.3.0", "linux": {"namespaces": [{"type": "mount"}],
        "devices": [{"type": "c", "path": "/dev/a", "major": 1, "minor": 3, "fileMode": )" +
                                mode + "}]}}"),
                  {})
                .diagnostics;
        return all.empty() ? "none" : all[0].rule;
    };
    BOOST_TEST(found("438") == "none");
    BOOST_TEST(found("2541") == "none");  // 04755
    BOOST_TEST(found("8630") == "devices/file-mode");
    BOOST_TEST(found("-1") == "decode/range");
}
