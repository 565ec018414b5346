// oci-validate as its users see it: what is printed, and the exit status.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "support/run_program.hpp"
#include "support/skip.hpp"
#include "support/temp_dir.hpp"

namespace fs = std::filesystem;
namespace json = boost::json;
using ocikit::test::Outcome;
using ocikit::test::TempDir;

namespace {

const std::string minimal =
    R"({"ociVersion": "1.3.0", "process": {"cwd": "/", "args": ["/x"]}, "root": {"path": "rootfs"}, )"
    R"("linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}, {"type": "ipc"}, {"type": "network"}]}})";

Outcome validate(std::vector<std::string> arguments, const std::string& input = {}) {
    arguments.insert(arguments.begin(), OCIKIT_PROGRAM);
    return ocikit::test::run_program(arguments, input);
}

struct Bundle : TempDir {
    explicit Bundle(const std::string& config = minimal) {
        fs::create_directory(path("rootfs"));
        fs::permissions(write("rootfs/x", "#!/x\n"), fs::perms(0755));
        file = write("config.json", config);
    }
    std::string file;
};

}  // namespace

BOOST_AUTO_TEST_CASE(bundles_files_and_standard_input) {
    const Bundle bundle;
    struct Row {
        std::string input;
        std::string name;
    };
    for (const Row& row : std::vector<Row>{
             {bundle.path(), bundle.file}, {bundle.file, bundle.file}, {"-", "standard input"}}) {
        const Outcome outcome = validate({row.input}, minimal);
        BOOST_TEST(outcome.status == 0);
        BOOST_TEST(outcome.out == row.name + ": valid\n");
        BOOST_TEST(outcome.err == "");
    }
}

BOOST_AUTO_TEST_CASE(the_root_directory_is_a_bundles_and_counts_from_config_json) {
    const Bundle bundle;
    fs::remove_all(bundle.path("rootfs"));
    const std::string line =
        bundle.file + ":1:83: error: the root directory \"" + bundle.path("rootfs") +
        "\": no such file or directory [root/exists] (/root/path)\n"
        "   \"/\", \"args\": [\"/x\"]}, \"root\": {\"path\": \"rootfs\"}, \"linux\": {\"namespaces\": [\n" +
        std::string(42, ' ') + "^\n" + bundle.file + ": invalid, 1 error\n";
    for (const std::string& input : {bundle.path(), bundle.file}) {
        const Outcome outcome = validate({input});
        BOOST_TEST(outcome.status == 1);
        BOOST_TEST(outcome.out == line);
    }
    BOOST_TEST(validate({"-"}, minimal).status == 0);
    const std::string other = bundle.path("other.json");
    fs::copy_file(bundle.file, other);
    BOOST_TEST(validate({other}).status == 0);
    const Outcome here =
        ocikit::test::run_program({"sh", "-c",
                                   "cd \"$1\" && mkdir rootfs && printf '#!/x\\n' > rootfs/x && chmod 755 "
                                   "rootfs/x && exec \"$0\" config.json",
                                   OCIKIT_PROGRAM, bundle.path()});
    BOOST_TEST(here.out == "config.json: valid\n");
}

BOOST_AUTO_TEST_CASE(the_program_is_looked_for_in_bundles) {
    const Bundle bundle;
    fs::remove(bundle.path("rootfs/x"));
    BOOST_TEST(validate({bundle.path()}).out.find("[root/empty] (/root/path)") != std::string::npos);
    BOOST_TEST(validate({bundle.path()}).status == 0);
    bundle.write("rootfs/y", "");
    BOOST_TEST(validate({bundle.path()}).out.find("[program/missing] (/process/args/0)") !=
               std::string::npos);
    BOOST_TEST(validate({bundle.path()}).status == 1);
    BOOST_TEST(validate({"--disable=program", bundle.path()}).status == 0);
    BOOST_TEST(validate({"-"}, minimal).status == 0);
}

BOOST_AUTO_TEST_CASE(syntax_errors_have_a_place) {
    struct Row {
        std::string text;
        std::string finding;
        std::string excerpt;
    };
    for (const Row& row : std::vector<Row>{
             {std::string(60'000, '['),
              "1:33: error: arrays and objects are nested deeper than 32 levels [syntax/depth]",
              "  " + std::string(76, '[') + "\n" + std::string(34, ' ') + "^\n"},
             {R"({"ociVersion": 1)",
              "1:17: error: the text ends inside the object that begins at 1:1, expected ',' or '}' "
              "[syntax/truncated]",
              "  {\"ociVersion\": 1\n" + std::string(18, ' ') + "^\n"},
             {"", "1:1: error: the text is empty, expected a JSON value [syntax/empty]", ""},
             {"\xef\xbb\xbf{}",
              "1:1: error: the text begins with a byte order mark, which JSON doesn't allow "
              "[syntax/byte-order-mark]",
              "  \xef\xbb\xbf{}\n  ^\n"},
             {"{\n\"a\": \"\xff\"}", "2:7: error: byte 0xff is not valid UTF-8 [syntax/utf-8]",
              "  \"a\": \"?\"}\n        ^\n"}}) {
        const Outcome outcome = validate({"-"}, row.text);
        BOOST_TEST(outcome.status == 1);
        BOOST_TEST(outcome.out == "standard input:" + row.finding + "\n" + row.excerpt +
                                      "standard input: invalid, 1 error\n");
        BOOST_TEST(outcome.err == "");
    }
}

BOOST_AUTO_TEST_CASE(five_megabytes_of_brackets) {
    const TempDir dir;
    const Outcome outcome = validate({dir.write("deep.json", std::string(5'000'000, '['))});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(outcome.out.find("deep.json:1:33: error: ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(findings_come_once_and_in_the_order_of_the_text) {
    const Outcome outcome = validate({"-"}, R"({"hostName": "h",
"linux": {"namespaces": [{"type": "net"}]},
"process": {"cwd": "/", "args": [], "user": {"uid": -1}, "env": ["A\u0000B"]},
"root": {"path": 1},
"ociVersion": "1.3.0"})");
    BOOST_TEST(outcome.status == 1);
    std::istringstream lines(outcome.out);
    std::vector<std::string> rules;
    for (std::string line; std::getline(lines, line);)
        if (const auto begin = line.rfind(" ["); begin != std::string::npos && line.ends_with(')'))
            rules.push_back(line.substr(begin + 2, line.find(']', begin) - begin - 2));
    BOOST_TEST((rules == std::vector<std::string>{"decode/unknown", "schema/enum", "schema/range",
                                                  "decode/nul", "schema/type"}),
               outcome.out);
    BOOST_TEST(outcome.out.ends_with("standard input: invalid, 4 errors, 1 warning\n"));
}

const std::string warned =
    R"({"ociVersion": "1.3.0", "hostName": "h", "linux": {"namespaces": [{"type": "mount"}]}})";

BOOST_AUTO_TEST_CASE(warnings_leave_it_valid_unless_strict) {
    const Outcome outcome = validate({"-"}, warned);
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(
        outcome.out ==
        "standard input:1:25: warning: the specification has no property \"hostName\" here, did you mean "
        "\"hostname\"? [decode/unknown] (/hostName)\n"
        "  {\"ociVersion\": \"1.3.0\", \"hostName\": \"h\", \"linux\": {\"namespaces\": [{\"type\": \"\n" +
            std::string(26, ' ') + "^\nstandard input: valid, 1 warning\n");
    const Outcome strict = validate({"--strict", "-"}, warned);
    BOOST_TEST(strict.status == 1);
    BOOST_TEST(strict.out.find("error: the specification has no property") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rules_are_chosen) {
    struct Row {
        std::vector<std::string> arguments;
        int status;
        std::string verdict;
    };
    // one error, one warning, and some information
    const std::string text =
        R"({"ociVersion": "1.3.0", "hostName": "h", "process": {"args": ["/x"], "cwd": "x"},)"
        R"("linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}, {"type": "ipc"}, {"type": "network"}]}})";
    for (const Row& row : std::vector<Row>{
             {{}, 1, "invalid, 1 error, 1 warning\n"},
             {{"--severity=error"}, 1, "invalid, 1 error\n"},
             {{"--disable", "process/cwd-absolute"}, 0, "valid, 1 warning\n"},
             {{"--disable=process", "--disable=decode/unknown"}, 0, "valid\n"},
             {{"--disable=process", "--enable=process/cwd-absolute"}, 1, "invalid, 1 error, 1 warning\n"},
             {{"--severity=error", "--enable=decode", "--disable=process"}, 0, "valid, 1 warning\n"},
             {{"--severity=error", "--disable=process", "--strict"}, 0, "valid\n"}}) {
        std::vector<std::string> arguments = row.arguments;
        arguments.push_back("-");
        const Outcome outcome = validate(arguments, text);
        BOOST_TEST(outcome.status == row.status);
        BOOST_TEST(outcome.out.ends_with("standard input: " + row.verdict), outcome.out);
    }
    BOOST_TEST(validate({"-"}, text).out.find("info:") == std::string::npos);
    BOOST_TEST(validate({"--severity=info", "-"}, text).out.find("info: ") != std::string::npos);
    BOOST_TEST(
        validate({"--enable=process/no-new-privileges", "-"}, text).out.find("[process/no-new-privileges]") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(rules_are_listed_and_explained) {
    const Outcome list = validate({"--list-rules"});
    BOOST_TEST(list.status == 0);
    std::istringstream lines(list.out);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        const std::string id = line.substr(0, line.find(' '));
        const Outcome explained = validate({"--explain", id});
        BOOST_TEST(explained.status == 0);
        BOOST_TEST(explained.out.starts_with(id + " ("));
    }
    BOOST_TEST(count > 100u);
    BOOST_TEST(validate({"--explain", "process/cwd"}).err ==
               "oci-validate: option '--explain': there is no rule 'process/cwd', did you mean "
               "'process/cwd-absolute'?\n  see 'oci-validate --help'\n");
    BOOST_TEST(validate({"--explain", "process"}).status == 2);
    BOOST_TEST(validate({"--disable", "zzzzzzzzzzz", "-"}).status == 2);
    BOOST_TEST(validate({"--list-rules", "-"}).status == 2);
}

BOOST_AUTO_TEST_CASE(colors_are_for_terminals) {
    BOOST_TEST(validate({"-"}, warned).out.find('\x1b') == std::string::npos);
    BOOST_TEST(validate({"--color=always", "-"}, warned).out.find("\x1b[1;33mwarning:\x1b[0m") !=
               std::string::npos);
    BOOST_TEST(validate({"--color=sometimes", "-"}).status == 2);
}

const std::string twice =
    "{\"ociVersion\": \"1.3.0\",\n \"annotations\": {\"é\": \"\"}, \"linux\": {\"namespaces\": [\n"
    "  {\"type\": \"mount\"}, {\"type\": \"mount\"}]}, \"hooks\": {\"prestart\": []}}";

BOOST_AUTO_TEST_CASE(both_places_of_a_duplicate) {
    const Outcome text = validate({"-"}, twice);
    BOOST_TEST(
        text.out ==
        "standard input:3:22: error: the namespace type \"mount\" is there twice [namespaces/duplicate] "
        "(/linux/namespaces/1)\n"
        "    {\"type\": \"mount\"}, {\"type\": \"mount\"}]}, \"hooks\": {\"prestart\": []}}\n" +
            std::string(23, ' ') +
            "^\n"
            "standard input:3:3: note: the first one (/linux/namespaces/0)\n"
            "    {\"type\": \"mount\"}, {\"type\": \"mount\"}]}, \"hooks\": {\"prestart\": []}}\n"
            "    ^\n"
            "standard input: invalid, 1 error\n");
    const json::value value = json::parse(validate({"--format=json", "-"}, twice).out);
    const json::value& related = value.at("diagnostics").at(0).at("related").at(0);
    BOOST_TEST(related.at("pointer").as_string() == "/linux/namespaces/0");
    BOOST_TEST(related.at("column").as_int64() == 3);
    const json::value keys = json::parse(validate({"--format=json", "-"}, R"({"a": 1, "a": 2})").out);
    BOOST_TEST(keys.at("diagnostics").at(0).as_object().contains("related") ==
               (keys.at("diagnostics").at(0).at("rule").as_string() == "syntax/duplicate-key"));
}

BOOST_AUTO_TEST_CASE(sarif_output) {
    const TempDir dir;
    const std::string file = dir.write("a b.json", twice);
    const Outcome outcome = validate({"--format=sarif", file});
    BOOST_TEST(outcome.status == 1);
    const json::value value = json::parse(outcome.out);
    BOOST_TEST(value.at("version").as_string() == "2.1.0");
    const json::value& run = value.at("runs").at(0);
    const json::value& result = run.at("results").at(0);
    BOOST_TEST(result.at("ruleId").as_string() == "namespaces/duplicate");
    BOOST_TEST(result.at("level").as_string() == "error");
    const json::value& rules = run.at("tool").at("driver").at("rules");
    BOOST_TEST(rules.at(static_cast<std::size_t>(result.at("ruleIndex").as_int64())).at("id").as_string() ==
               "namespaces/duplicate");
    const json::value& place = result.at("locations").at(0).at("physicalLocation");
    BOOST_TEST(place.at("artifactLocation").at("uri").as_string().ends_with("/a%20b.json"));
    BOOST_TEST(place.at("region").at("startLine").as_int64() == 3);
    BOOST_TEST(result.at("relatedLocations").as_array().size() == 1u);
    const json::value wide =
        json::parse(validate({"--format=sarif", "-"}, R"({"ociVersion": "é", "root": {"path": ""}})").out);
    BOOST_TEST(wide.at("runs")
                   .at(0)
                   .at("results")
                   .as_array()
                   .back()
                   .at("locations")
                   .at(0)
                   .at("physicalLocation")
                   .at("region")
                   .at("startColumn")
                   .as_int64() == 38);
}

BOOST_AUTO_TEST_CASE(github_output) {
    const TempDir dir;
    const std::string file = dir.write("a,b.json", twice);
    const Outcome outcome = validate({"--format=github", file});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(outcome.out ==
               "::error file=" + dir.path("a%2Cb.json") +
                   ",line=3,col=22,title=namespaces/duplicate::the namespace type \"mount\" is "
                   "there twice (/linux/namespaces/1)\n");
}

BOOST_AUTO_TEST_CASE(a_terminal_gets_no_control_characters) {
    const Outcome outcome = validate({"-"}, R"({"ociVersion": "1.3.0", "\u001b[2J\u0007": {}})");
    BOOST_TEST(outcome.out.find('\x1b') == std::string::npos);
    BOOST_TEST(outcome.out.find("(/\\x1b[2J\\x07)") != std::string::npos, outcome.out);
}

BOOST_AUTO_TEST_CASE(json_output) {
    const Bundle good;
    const Bundle bad(R"({"ociVersion": "1.3.0", "hostname": 1, "root": {"path": "rootfs"}})");
    const Outcome outcome = validate({"--format=json", good.path(), bad.path(), bad.path("none")});
    BOOST_TEST(outcome.status == 2);
    const json::value value = json::parse(outcome.out);
    const json::object& finding = value.at("diagnostics").as_array().at(0).as_object();
    std::string keys;
    for (const auto& member : finding)
        keys += std::string(member.key()) + ' ';
    BOOST_TEST(keys == "severity rule message pointer line column bundle ");
    BOOST_TEST(finding.at("severity").as_string() == "error");
    BOOST_TEST(finding.at("rule").as_string() == "schema/type");
    BOOST_TEST(finding.at("pointer").as_string() == "/hostname");
    BOOST_TEST(finding.at("line").as_int64() == 1);
    BOOST_TEST(finding.at("column").as_int64() == 37);
    BOOST_TEST(finding.at("bundle").as_string() == bad.path());
    BOOST_TEST(json::serialize(value.at("summary")) ==
               R"({"inputs":3,"valid":1,"invalid":1,"unreadable":1,"errors":1,"warnings":0})");
}

BOOST_AUTO_TEST_CASE(other_documents) {
    const std::string state =
        R"({"ociVersion": "1.3.0", "id": "a", "status": "running", "pid": 1, "bundle": "/b"})";
    BOOST_TEST(validate({"--type", "state", "-"}, state).status == 0);
    BOOST_TEST(validate({"--type", "state", "-"}, minimal).status == 1);
    BOOST_TEST(validate({"--type=features", "-"}, R"({"ociVersionMin": "1.0.0", "ociVersionMax": "1.3.0"})")
                   .status == 0);
    BOOST_TEST(validate({"--type=features", "-"}, "{}").status == 1);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_or_taken) {
    const TempDir dir;
    const std::string real = fs::canonical(dir.path()).string();
    fs::create_directories(dir.path("b/config.json"));
    const std::string help = "\n  see 'oci-validate --help'\n";
    struct Row {
        std::vector<std::string> arguments;
        std::string error;
    };
    for (const Row& row : std::vector<Row>{
             {{}, "no input given: expected a bundle, a file, or - for standard input" + help},
             {{""}, "an input is empty: expected a bundle, a file, or - for standard input" + help},
             {{"--bogus"}, "unknown option '--bogus'" + help},
             {{"--format=xml", "-"},
              "option '--format': expected text, json, sarif or github, found 'xml'" + help},
             {{"--type=x", "-"}, "option '--type': expected config, state or features, found 'x'" + help},
             {{"--print-schema=x"},
              "option '--print-schema': expected config, state or features, found 'x'" + help},
             {{"--print-schema=state", "-"},
              "option '--print-schema' checks nothing, but there is an input: '-'" + help},
             {{dir.path()},
              real + "/config.json: no such file or directory\n"
                     "  a bundle is a directory with a config.json; oci-gen makes one\n"},
             {{dir.path("b")}, real + "/b/config.json: is a directory\n"},
             {{"--type=state", dir.path()}, dir.path() + ": is a directory\n"},
             {{dir.path("none")}, dir.path("none") + ": open: no such file or directory\n"}}) {
        const Outcome outcome = validate(row.arguments);
        BOOST_TEST(outcome.status == 2);
        BOOST_TEST(outcome.out == "");
        BOOST_TEST(outcome.err == "oci-validate: " + row.error);
    }
    const Outcome full =
        ocikit::test::run_program({"sh", "-c", "echo '{}' | \"$0\" - >/dev/full", OCIKIT_PROGRAM});
    BOOST_TEST(full.status == 2);
    BOOST_TEST(full.err == "oci-validate: standard output: write: no space left on device\n");
}

BOOST_AUTO_TEST_CASE(quiet_and_the_worst_status) {
    const Bundle good;
    const Bundle bad("{}");
    BOOST_TEST(validate({"-q", bad.path()}).out == "");
    BOOST_TEST(validate({"-q", bad.path()}).status == 1);
    BOOST_TEST(validate({"-q", good.path()}).status == 0);
    BOOST_TEST(validate({"-q", "--format=json", good.path()}).out == "");
    BOOST_TEST(validate({good.path(), bad.path()}).status == 1);
    BOOST_TEST(validate({bad.path(), good.path()}).status == 1);
    BOOST_TEST(validate({bad.path("none"), bad.path(), good.path()}).status == 2);
}

BOOST_AUTO_TEST_CASE(printed_schemas_are_whole_documents) {
    for (const std::string type : {"config", "state", "features"}) {
        const Outcome outcome = validate({"--print-schema", type});
        BOOST_TEST(outcome.status == 0);
        BOOST_TEST(json::parse(outcome.out).as_object().contains("properties"));
        BOOST_TEST(outcome.out.find("\"$ref\": \"defs") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(official_test_files_get_their_verdicts) {
    const fs::path tests = OCIKIT_OFFICIAL_SCHEMA_DIR "/test";
    if (!fs::exists(tests))
        return ocikit::test::skip("there is no checkout of runtime-spec (OCIKIT_OFFICIAL_SCHEMA_DIR)");
    std::size_t count = 0;
    for (const std::string type : {"config", "state", "features"})
        for (const std::string verdict : {"good", "bad"})
            for (const auto& file : fs::directory_iterator(tests / type / verdict)) {
                std::ostringstream text;
                text << std::ifstream(file.path()).rdbuf();
                // from standard input, as these examples have no root filesystem; they are
                // for a schema, and a runtime would refuse some of the good ones
                const Outcome outcome = validate({"--format=json", "--type", type, "-"}, text.str());
                bool is_good = true;
                const json::value output = json::parse(outcome.out);
                for (const json::value& finding : output.at("diagnostics").as_array()) {
                    const auto rule = json::value_to<std::string>(finding.at("rule"));
                    is_good = is_good && (finding.at("severity").as_string() != "error" ||
                                          !(rule.starts_with("schema/") || rule.starts_with("decode/") ||
                                            rule.starts_with("syntax/")));
                }
                BOOST_TEST(is_good == (verdict == "good"), file.path() << ": " << outcome.out);
                ++count;
            }
    BOOST_TEST(count >= 15u);
}
