// The program itself: files, streams and exit status.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/decode.hpp>

#include "support/run_program.hpp"
#include "support/temp_dir.hpp"

namespace fs = std::filesystem;
using ocikit::test::Outcome;
using ocikit::test::TempDir;

namespace {

Outcome gen(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), OCIKIT_PROGRAM);
    return ocikit::test::run_program(arguments);
}

std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

std::size_t entries(const std::string& directory) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), {}));
}

}  // namespace

BOOST_AUTO_TEST_CASE(standard_output_and_files_get_the_same) {
    const TempDir dir;
    const Outcome shown = gen({});
    BOOST_TEST(shown.status == 0);
    BOOST_TEST(shown.err == "");
    BOOST_TEST(gen({"-o", dir.path()}).status == 0);
    BOOST_TEST(content(dir.path("config.json")) == shown.out);
    BOOST_TEST(gen({"--output=" + dir.path("other")}).out == "");
    BOOST_TEST(content(dir.path("other")) == shown.out);
    const Outcome device = gen({"-o", "/dev/stdout"});
    BOOST_TEST(device.status == 0);
    BOOST_TEST(device.out == shown.out);
    BOOST_TEST(entries(dir.path()) == 2u);
}

BOOST_AUTO_TEST_CASE(a_file_is_replaced_only_if_asked_for) {
    const TempDir dir;
    const std::string file = dir.write("config.json", "mine");
    const Outcome refused = gen({"-o", dir.path()});
    BOOST_TEST(refused.status == 2);
    BOOST_TEST(refused.err == "oci-gen: " + file + ": file exists\n  --force replaces it\n");
    BOOST_TEST(content(file) == "mine");

    fs::create_symlink("config.json", dir.path("link"));
    BOOST_TEST(gen({"-o", dir.path("link"), "--force"}).status == 0);
    BOOST_TEST(fs::is_symlink(dir.path("link")));
    BOOST_TEST(content(file).starts_with("{"));

    fs::create_symlink("nowhere", dir.path("dangling"));
    BOOST_TEST(gen({"-o", dir.path("dangling")}).status == 2);
    BOOST_TEST(!fs::exists(dir.path("nowhere")));
    BOOST_TEST(entries(dir.path()) == 3u);
}

BOOST_AUTO_TEST_CASE(mode_follows_the_umask) {
    const TempDir dir;
    const Outcome outcome = ocikit::test::run_program(
        {"sh", "-c", std::string("umask 027; exec \"$0\" -o \"$1\""), OCIKIT_PROGRAM, dir.path()});
    BOOST_TEST(outcome.status == 0);
    struct stat status {};
    BOOST_TEST_REQUIRE(::stat(dir.path("config.json").c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0640u);
}

BOOST_AUTO_TEST_CASE(nothing_is_left_where_writing_fails) {
    const TempDir dir;
    fs::create_directories(dir.path("b/config.json"));
    struct Row {
        std::vector<std::string> arguments;
        int status;
        std::string error;
    };
    for (const Row& row : std::vector<Row>{
             {{"-o", "/dev/full"}, 2, "oci-gen: /dev/full: write: no space left on device\n"},
             {{"-o", dir.path("none/config.json")},
              2,
              "oci-gen: " + dir.path("none/config.json") + ": create: no such file or directory\n"},
             {{"-o", dir.path("b")}, 2, "oci-gen: " + dir.path("b/config.json") + ": is a directory\n"},
             {{"-o", ""}, 2, "oci-gen: option '--output': the path is empty\n  see 'oci-gen --help'\n"},
             {{"-o", dir.path(), "--arg", "\xff"},
              1,
              "oci-gen: the result would not be valid: line 9: byte 0xff is not valid UTF-8\n  --no-validate "
              "writes it as "
              "it is\n"},
             {{"--cwd", "x"},
              2,
              "oci-gen: option '--workdir': 'x' is not absolute, it must begin with /\n  see 'oci-gen "
              "--help'\n"}}) {
        const Outcome outcome = gen(row.arguments);
        BOOST_TEST(outcome.status == row.status);
        BOOST_TEST(outcome.err == row.error);
    }
    BOOST_TEST(entries(dir.path()) == 1u);
    BOOST_TEST(entries(dir.path("b")) == 1u);
}

BOOST_AUTO_TEST_CASE(a_closed_or_full_standard_output_is_an_error) {
    const Outcome closed = ocikit::test::run_program({"sh", "-c", "exec \"$0\" >&-", OCIKIT_PROGRAM});
    BOOST_TEST(closed.status == 2);
    BOOST_TEST(closed.err == "oci-gen: standard output: write: bad file descriptor\n");
    const Outcome full = ocikit::test::run_program({"sh", "-c", "exec \"$0\" >/dev/full", OCIKIT_PROGRAM});
    BOOST_TEST(full.status == 2);
    BOOST_TEST(full.err == "oci-gen: standard output: write: no space left on device\n");
}

BOOST_AUTO_TEST_CASE(templates_are_kept_and_compared) {
    const TempDir dir;
    const std::string text =
        "{\"ociVersion\": \"1.0.0\", \"x\": [1,  2.5], \"root\": {\"path\": \"r\"}, \"mounts\": [],\n"
        "\"process\": {\"args\": [\"a\"], \"cwd\": \"/a\", \"y\": {}}, \"linux\": {\"namespaces\": "
        "[{\"type\": "
        "\"mount\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"pid\"}]}}";
    const std::string file = dir.write("config.json", text);
    const Outcome same = gen({"--template", file});
    BOOST_TEST(same.status == 0, same.err);
    for (const char* kept : {"\"ociVersion\": \"1.0.0\"", "\"x\": [1, 2.5E0]", "\"path\": \"r\"",
                             "\"mounts\": []", "\"args\": [\"a\"]", "\"cwd\": \"/a\"", "\"y\": {}"})
        BOOST_TEST(same.out.find(kept) != std::string::npos, kept);
    BOOST_TEST(gen({"--template", file, "--diff"}).out == "");
    BOOST_TEST(gen({"--template", dir.path(), "-w", "/b", "--diff"}).out ==
               "--- " + file +
                   "\n+++ config.json\n@@ -2,7 +2,7 @@\n     \"ociVersion\": \"1.0.0\",\n     \"process\": "
                   "{\n         \"args\": [\"a\"],\n-        \"cwd\": \"/a\",\n+        \"cwd\": "
                   "\"/b\",\n         \"y\": {}\n     },\n     \"root\": {\n");
    BOOST_TEST(gen({"--template", dir.path("none")}).status == 2);

    // in its own place
    const Outcome replaced = gen({"--template", dir.path(), "-o", dir.path(), "-f", "-w", "/b", "--diff"});
    BOOST_TEST(replaced.status == 0, replaced.err);
    BOOST_TEST(replaced.out.starts_with("--- " + file + "\n+++ " + file + "\n"));
    BOOST_TEST(gen({"--template", dir.path()}).out == content(file));
    BOOST_TEST(content(file).find("\"/b\"") != std::string::npos);

    const Outcome piped = ocikit::test::run_program({OCIKIT_PROGRAM, "--template", "-"}, content(file));
    BOOST_TEST(piped.out == content(file));
    const Outcome broken = ocikit::test::run_program({OCIKIT_PROGRAM, "--template", "-"}, "{");
    BOOST_TEST(broken.status == 1);
    BOOST_TEST(broken.err.starts_with("oci-gen: standard input: line 1: "));
}

BOOST_AUTO_TEST_CASE(nothing_invalid_is_written_unless_asked_for) {
    const TempDir dir;
    const Outcome refused = gen({"-o", dir.path(), "--set", "/process/cwd=srv", "--set", "/root/path="});
    BOOST_TEST(refused.status == 1);
    BOOST_TEST(entries(dir.path()) == 0u);
    BOOST_TEST(refused.err.find("/process/cwd") != std::string::npos);
    BOOST_TEST(refused.err.find("/root/path") != std::string::npos);
    BOOST_TEST(refused.err.ends_with("\n  --no-validate writes it as it is\n"));
    BOOST_TEST(gen({"-o", dir.path(), "--set", "/process/cwd=srv", "--no-validate"}).status == 0);
    BOOST_TEST(content(dir.path("config.json")).find("\"cwd\": \"srv\"") != std::string::npos);

    const Outcome warned = gen({"--set", "/process/cwdd=1"});
    BOOST_TEST(warned.status == 0);
    BOOST_TEST(warned.err.starts_with("oci-gen: warning: /process/cwdd: "));
}

BOOST_AUTO_TEST_CASE(it_tells_about_itself) {
    const Outcome profiles = gen({"--list-profiles"});
    BOOST_TEST(profiles.status == 0);
    BOOST_TEST(profiles.out.starts_with("default "));
    const Outcome flags = gen({"--explain-flags"});
    BOOST_TEST(flags.status == 0);
    BOOST_TEST(flags.out.find("--cpus                    /linux/resources/cpu/quota\n") != std::string::npos);
    const Outcome help = gen({"--help"});
    BOOST_TEST(help.out.find("  -h, --hostname NAME") != std::string::npos);
    BOOST_TEST(help.out.find("      --help ") != std::string::npos);
    BOOST_TEST(gen({"-h"}).status == 2);  // a host name is missing
    BOOST_TEST(gen({"--verison"}).err.find("did you mean '--version'?") != std::string::npos);
}
