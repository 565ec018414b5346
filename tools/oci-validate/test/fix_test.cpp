// What --fix changes, and that it changes nothing else.
#include "oci-validate/fix.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "support/json_cases.hpp"
#include "support/run_program.hpp"
#include "support/temp_dir.hpp"

using ocikit::Document;
using namespace ocikit::validate;

namespace {

// The usual paths take no part where a document has no process.
std::string fixed(const std::string& text) {
    return edited(text, corrections(Document::parse(text, "test")));
}

std::string contents(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_corrected) {
    const struct {
        const char* before;
        const char* after;
    } rows[] = {
        {R"({"ociVersion":"1.3.0","hooks":{"prestart" : [{"path":"/a"}]}})",
         R"({"ociVersion":"1.3.0","hooks":{"createRuntime" : [{"path":"/a"}]}})"},
        {R"({"ociVersion":"1.3.0", "linux" : {"rootfsPropagation":"rshared" }})",
         R"({"ociVersion":"1.3.0", "linux" : {"rootfsPropagation":"shared" }})"},
        {R"({"ociVersion":"1.3.0","linux":{"devices":[{"type":"c","path":"/a","major":1,"minor":3,"fileMode":8630}]}})",
         R"({"ociVersion":"1.3.0","linux":{"devices":[{"type":"c","path":"/a","major":1,"minor":3,"fileMode":438}]}})"},
        {"{\"ociVersion\":\"1.3.0\",\"linux\":{\"maskedPaths\":[\n  \"/a\",\n  \"/b\",\n  \"/a\",\n  "
         "\"/b\"\n]}}",
         "{\"ociVersion\":\"1.3.0\",\"linux\":{\"maskedPaths\":[\n  \"/a\",\n  \"/b\"\n]}}"},
        {R"({"ociVersion":"1.3.0","linux":{"namespaces":[{"type":"pid"}, {"type":"pid"} ,{"type":"ipc"}]}})",
         R"({"ociVersion":"1.3.0","linux":{"namespaces":[{"type":"pid"} ,{"type":"ipc"}]}})"},
        {R"({"ociVersion":"1.3.0","process":{"cwd":"/","args":["a"],"env":["A=1","A=1","A=2"]}})",
         R"({"ociVersion":"1.3.0","process":{"cwd":"/","args":["a"],"env":["A=1","A=2"]}})"},
    };
    for (const auto& row : rows) {
        BOOST_TEST(fixed(row.before) == row.after);
        BOOST_TEST(fixed(row.after) == row.after);
    }
}

BOOST_AUTO_TEST_CASE(what_nobody_can_know_stays) {
    for (
        const std::string text :
        {R"({"ociVersion":"1.3.0","hooks":{"prestart":[{"path":"/a"}],"createRuntime":[{"path":"/b"}]}})",
         R"({"ociVersion":"1.3.0","linux":{"devices":[{"type":"c","path":"/a","major":1,"minor":3,"fileMode":66666666}]}})",
         R"({"ociVersion":"1.3.0","linux":{"namespaces":[{"type":"pid"},{"type":"pid","path":"/p"}]}})",
         R"({"ociVersion":1,"linux":{"maskedPaths":["/a","/a"]}})", R"({"ociVersion":"1.3.0",})"})
        BOOST_TEST(fixed(text) == text);
}

BOOST_AUTO_TEST_CASE(the_usual_paths_are_added_as_the_others_are_written) {
    const std::string process = R"("process":{"cwd":"/","args":["a"]},)";
    const std::string text = "{\"ociVersion\":\"1.3.0\"," + process +
                             "\"linux\":{\n\t\"maskedPaths\":[\n\t\t\"/proc/kcore\",\n\t\t\"/proc\"\n\t]\n}}";
    BOOST_TEST(fixed(text).find("{\n\t\"readonlyPaths\": [\"/proc/bus\", ") != std::string::npos);
    BOOST_TEST(fixed(text).find("\t\t\"/proc\",\n\t\t\"/sys/firmware\"\n\t]") != std::string::npos,
               fixed(text));
    for (const char* empty : {"{}", R"({"maskedPaths":[],"readonlyPaths":[]})", "{ \n }"}) {
        const std::string filled = fixed("{\"ociVersion\":\"1.3.0\"," + process + "\"linux\":" + empty + "}");
        BOOST_TEST(Document::parse(filled, "test").diagnostics().empty(), filled);
        BOOST_TEST(fixed(filled) == filled);
    }
}

BOOST_AUTO_TEST_CASE(diffs_are_taken_by_patch) {
    const ocikit::test::TempDir dir;
    std::size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(OCIKIT_TESTDATA "/configs/good")) {
        const std::string text = contents(file.path().string());
        const auto edits = corrections(Document::parse(text, "a.json"));
        if (edits.empty())
            continue;
        const std::string path = dir.write("a.json", text);
        const std::string diff = dir.write("a.diff", unified_diff(text, edits, "a.json"));
        const auto outcome = ocikit::test::run_program(
            {"sh", "-c", "command -v patch >/dev/null || exit 77; cd \"$0\" && patch -s --binary <a.diff",
             dir.path()});
        if (outcome.status == 77)
            break;
        BOOST_TEST(outcome.status == 0, outcome.out << outcome.err);
        BOOST_TEST(contents(path) == edited(text, edits), file.path());
        ++count;
    }
    BOOST_TEST_MESSAGE(count << " diffs");
    BOOST_TEST(unified_diff("a\n", {}, "x") == "");
    BOOST_TEST(unified_diff("a\nb", {{2, 3, "c"}}, "x") ==
               "--- x\n+++ x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at "
               "end of file\n");
}

BOOST_AUTO_TEST_CASE(files_are_replaced_with_their_mode) {
    const ocikit::test::TempDir dir;
    const std::string file = dir.write("a.json", "old");
    BOOST_TEST_REQUIRE(::chmod(file.c_str(), 0640) == 0);
    BOOST_TEST_REQUIRE(::symlink("a.json", dir.path("link").c_str()) == 0);
    write_edited(dir.path("link"), "new");
    BOOST_TEST(contents(file) == "new");
    struct stat status {};
    BOOST_TEST(::lstat(file.c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0640u);
    BOOST_TEST(std::filesystem::is_symlink(dir.path("link")));
}
