#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/schema.hpp>

using namespace ocikit;

namespace {

// pointer, rule and message, a finding a line
std::string findings(const std::string& text, DocumentType type = DocumentType::config) {
    const Document document = Document::parse(text, "test");
    BOOST_TEST_REQUIRE(document.has_value(), text);
    Diagnostics diagnostics;
    validate_schema(document, type, diagnostics);
    std::string lines;
    for (const Diagnostic& d : diagnostics) {
        BOOST_TEST((d.severity == Severity::error));
        lines += (lines.empty() ? "" : "\n") + d.pointer + " " + d.rule + ": " + d.message;
    }
    return lines;
}

// A config whose `section` is this text.
std::string with(const std::string& section, const std::string& content) {
    return R"({"ociVersion":"1.3.0",")" + section + "\":" + content + "}";
}

struct Case {
    std::string text;
    std::string findings;
};

void check(const std::vector<Case>& cases, DocumentType type = DocumentType::config) {
    for (const Case& c : cases)
        BOOST_TEST_CONTEXT(c.text) {
            BOOST_TEST(findings(c.text, type) == c.findings);
        }
}

// Of the processor: other programs have their share of the clock's.
double milliseconds(const std::string& text) {
    const std::clock_t start = std::clock();
    findings(text);
    return 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

std::string repeated(std::size_t count, const std::string& element) {
    std::string list = "[";
    for (std::size_t i = 0; i < count; ++i)
        list += (i == 0 ? "" : ",") + element;
    return list + "]";
}

}  // namespace

BOOST_AUTO_TEST_CASE(schemas_are_embedded) {
    for (const DocumentType type : {DocumentType::config, DocumentType::state, DocumentType::features}) {
        const auto schema = boost::json::parse(schema_text(type));
        BOOST_TEST(schema.at("$schema").as_string() == "http://json-schema.org/draft-04/schema#");
        BOOST_TEST(schema.at("definitions").as_object().contains("defs.json"));
    }
    BOOST_TEST(
        boost::json::parse(schema_text(DocumentType::state)).at("properties").as_object().contains("pid"));
}

BOOST_AUTO_TEST_CASE(types) {
    check({
        {R"({"ociVersion":"1.3.0"})", ""},
        {R"([])", " schema/type: must be an object, found an array"},
        {R"({"ociVersion":5})", "/ociVersion schema/type: must be a string, found the number 5"},
        {R"({"ociVersion":null})", "/ociVersion schema/type: must be a string, found null"},
        {with("hostname", "true"), "/hostname schema/type: must be a string, found true"},
        {with("hostname", "{}"), "/hostname schema/type: must be a string, found an object"},
        {with("hooks", R"("x\ny")"), R"(/hooks schema/type: must be an object, found the string "x\x0ay")"},
        {with("mounts", "{}"), "/mounts schema/type: must be an array, found an object"},
        {with("root", R"({"path":"r","readonly":"yes"})"),
         R"(/root/readonly schema/type: must be true or false, found the string "yes")"},
        {with("annotations", R"({"a":"b","a/b~c":1,"d":[]})"),
         "/annotations/a~1b~0c schema/type: must be a string, found the number 1\n"
         "/annotations/d schema/type: must be a string, found an array"},
        {with("process", R"({"cwd":"/","args":["a",1,"b",null]})"),
         "/process/args/1 schema/type: must be a string, found the number 1\n"
         "/process/args/3 schema/type: must be a string, found null"},
        // a `type` beside a `$ref`, as the official schema has it
        {with("linux", R"({"personality":5})"),
         "/linux/personality schema/type: must be an object, found the number 5"},
    });
}

BOOST_AUTO_TEST_CASE(integers) {
    const auto rlimit = [](const std::string& hard) {
        return with("process",
                    R"({"cwd":"/","rlimits":[{"type":"RLIMIT_CORE","soft":0,"hard":)" + hard + "}]}");
    };
    const auto uid = [](const std::string& number) {
        return with("process", R"({"cwd":"/","user":{"uid":)" + number + "}}");
    };
    const auto quota = [](const std::string& number) {
        return with("linux", R"({"resources":{"cpu":{"quota":)" + number + "}}}");
    };
    const auto score = [](const std::string& number) {
        return with("process", R"({"cwd":"/","oomScoreAdj":)" + number + "}");
    };
    const std::string hard = "/process/rlimits/0/hard schema/";
    check({
        {rlimit("0"), ""},
        {rlimit("9223372036854775808"), ""},
        {rlimit("18446744073709551615"), ""},
        {rlimit("18446744073709551616"),
         hard + "range: must be at most 18446744073709551615, found 18446744073709551616"},
        {rlimit("-1"), hard + "range: must be at least 0, found -1"},
        {rlimit("-99999999999999999999"), hard + "range: must be at least 0, found -99999999999999999999"},
        {rlimit("1.0"), hard + "type: must be an integer written without fraction or exponent, found 1.0"},
        {rlimit("1e3"), hard + "type: must be an integer written without fraction or exponent, found 1e3"},
        {rlimit("1.5"), hard + "type: must be an integer, found 1.5"},
        {rlimit(R"("1")"), hard + R"(type: must be an integer, found the string "1")"},
        {uid("4294967295"), ""},
        {uid("4294967296"), "/process/user/uid schema/range: must be at most 4294967295, found 4294967296"},
        {uid("18446744073709551615"),
         "/process/user/uid schema/range: must be at most 4294967295, found 18446744073709551615"},
        {quota("-1"), ""},
        {quota("9223372036854775807"), ""},
        {quota("9223372036854775808"),
         "/linux/resources/cpu/quota schema/range: must be at most "
         "9223372036854775807, found 9223372036854775808"},
        {quota("-9223372036854775808"), ""},
        {quota("-9223372036854775809"),
         "/linux/resources/cpu/quota schema/range: must be at least "
         "-9223372036854775808, found -9223372036854775809"},
        {score("-1000"), ""},
        {score("99999999999999999999"),
         "/process/oomScoreAdj schema/range: must fit into 64 bits, found 99999999999999999999"},
        {with("hooks", R"({"poststop":[{"path":"/h","timeout":0}]})"),
         "/hooks/poststop/0/timeout schema/range: must be at least 1, found 0"},
        {with("linux", R"({"devices":[{"type":"c","path":"/d","fileMode":512}]})"),
         "/linux/devices/0/fileMode schema/range: must be at most 511, found 512"},
    });
}

BOOST_AUTO_TEST_CASE(required_properties) {
    check({
        {"{}", R"( schema/required: missing required property "ociVersion")"},
        {with("root", "{}"), R"(/root schema/required: missing required property "path")"},
        {with("linux", R"({"uidMappings":[{"size":1}]})"),
         "/linux/uidMappings/0 schema/required: missing required property \"containerID\"\n"
         "/linux/uidMappings/0 schema/required: missing required property \"hostID\""},
        // allOf: the first of the two has the requirement
        {with("linux", R"({"resources":{"blockIO":{"throttleReadBpsDevice":[{"major":8,"rate":-1}]}}})"),
         "/linux/resources/blockIO/throttleReadBpsDevice/0 schema/required: missing required property "
         "\"minor\"\n"
         "/linux/resources/blockIO/throttleReadBpsDevice/0/rate schema/range: must be at least 0, found -1"},
    });
}

BOOST_AUTO_TEST_CASE(enums) {
    check({
        {with("linux", R"({"rootfsPropagation":"shared"})"), ""},
        {with("linux", R"({"rootfsPropagation":"rshared"})"),
         R"(/linux/rootfsPropagation schema/enum: "rshared" is not one of private, shared, slave, unbindable)"
         R"(; did you mean "shared"?)"},
        // an anyOf of one: what is wrong in it is told
        {with("linux", R"({"namespaces":[{"type":"pid"},{"type":"cpu"}]})"),
         R"(/linux/namespaces/1/type schema/enum: "cpu" is not one of mount, pid, network, uts, ipc, user, cgroup, time)"},
        {with("linux", R"({"namespaces":[{"path":"/x"}]})"),
         R"(/linux/namespaces/0 schema/required: missing required property "type")"},
        // definitions of the same name in different files
        {with("zos", R"({"namespaces":[{"type":"network"}]})"),
         R"(/zos/namespaces/0/type schema/enum: "network" is not one of mount, pid, uts, ipc)"},
        {with("linux", R"({"rootfsPropagation":"shared\u0000"})"),
         R"(/linux/rootfsPropagation schema/enum: "shared\x00" is not one of private, shared, slave, unbindable)"
         R"(; did you mean "shared"?)"},
        {with("linux", R"({"seccomp":{"defaultAction":"SCMP_ACT_FOO"}})"),
         R"(/linux/seccomp/defaultAction schema/enum: "SCMP_ACT_FOO" is not one of SCMP_ACT_KILL, )"
         "SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, SCMP_ACT_TRAP, SCMP_ACT_ERRNO, SCMP_ACT_TRACE, "
         "SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_NOTIFY; did you mean \"SCMP_ACT_LOG\"?"},
    });
}

BOOST_AUTO_TEST_CASE(patterns) {
    check({
        {with("process", R"({"cwd":"/","rlimits":[{"type":"NOFILE","soft":0,"hard":0}]})"),
         R"(/process/rlimits/0/type schema/pattern: "NOFILE" does not match ^RLIMIT_[A-Z]+$)"},
        {with(
             "linux",
             R"({"resources":{"hugepageLimits":[{"pageSize":"2MB","limit":1},{"pageSize":"2mb","limit":1}]}})"),
         R"(/linux/resources/hugepageLimits/1/pageSize schema/pattern: "2mb" does not match ^[1-9][0-9]*[KMG]B$)"},
        {with("process", R"({"cwd":"/","execCPUAffinity":{"initial":"0-3, 7","final":"x"}})"),
         R"(/process/execCPUAffinity/final schema/pattern: "x" does not match ^[0-9, -]*$)"},
    });
}

BOOST_AUTO_TEST_CASE(items) {
    check({
        {with(
             "linux",
             R"({"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[],"action":"SCMP_ACT_LOG"}]}})"),
         "/linux/seccomp/syscalls/0/names schema/items: must have at least 1 element, found 0"},
        {with("linux", R"({"netDevices":{"eth0":{"name":1},"eth1":{}}})"),
         "/linux/netDevices/eth0/name schema/type: must be a string, found the number 1"},
        {with("vm",
              R"({"kernel":{"path":"/k"},"hwConfig":{"iomems":[{"firstMFN":1,"nrMFNs":1},{"firstMFN":1}]}})"),
         R"(/vm/hwConfig/iomems/1 schema/required: missing required property "nrMFNs")"},
    });
}

BOOST_AUTO_TEST_CASE(states) {
    const std::string rest = R"("ociVersion":"1.3.0","id":"x","bundle":"/b")";
    check(
        {
            {"{" + rest + R"(,"status":"running","pid":5})", ""},
            {"{" + rest + R"(,"status":"paused","pid":-1})",
             "/pid schema/range: must be at least 0, found -1\n"
             R"(/status schema/enum: "paused" is not one of creating, created, running, stopped)"},
        },
        DocumentType::state);
}

BOOST_AUTO_TEST_CASE(features) {
    const std::string rest = R"("ociVersionMin":"1.0.0","ociVersionMax":"1.3.0")";
    check(
        {
            {"{" + rest + "}", ""},
            {"{" + rest + R"(,"linux":{"netDevices":{"enabled":1},"capabilities":["CAP_x"]}})",
             "/linux/capabilities/0 schema/pattern: \"CAP_x\" does not match ^CAP_[A-Z_]+$\n"
             "/linux/netDevices/enabled schema/type: must be true or false, found the number 1"},
        },
        DocumentType::features);
}

BOOST_AUTO_TEST_CASE(unknown_properties_are_no_concern_of_the_schema) {
    check({{with("x", R"({"type":5,"enum":[]})"), ""}, {with("process", R"({"cwd":"/","x":null})"), ""}});
}

BOOST_AUTO_TEST_CASE(findings_have_positions) {
    const Document document =
        Document::parse("{\n  \"ociVersion\": \"1.3.0\",\n  \"root\": {\"path\": 5}\n}", "test");
    Diagnostics diagnostics;
    validate_schema(document, DocumentType::config, diagnostics);
    BOOST_TEST_REQUIRE(diagnostics.size() == 1u);
    BOOST_TEST(diagnostics[0].position.line == 3u);
    BOOST_TEST(diagnostics[0].position.column == 20u);
}

// The bounds are far above what it takes; recursion or quadratic work is beyond them.
BOOST_AUTO_TEST_CASE(unreasonable_documents) {
    const std::string long_text(300'000, 'A');
    BOOST_TEST(milliseconds(with("process", R"({"cwd":"/","rlimits":[{"soft":0,"hard":0,"type":"RLIMIT_)" +
                                                long_text + "\"}]}")) < 2000);
    BOOST_TEST(milliseconds(with("linux", R"({"rootfsPropagation":")" + long_text + "\"}")) < 2000);
    BOOST_TEST(milliseconds(with("annotations", R"({")" + long_text + "\":5}")) < 2000);
    BOOST_TEST(milliseconds(with("process", R"({"cwd":"/","args":)" + repeated(100'000, "\"a\"") + "}")) <
               2000);
    BOOST_TEST(milliseconds(with("process", R"({"cwd":"/","args":)" + repeated(100'000, "1") + "}")) < 4000);
    BOOST_TEST(milliseconds(with("mounts", repeated(100'000, "{}"))) < 4000);
}

BOOST_AUTO_TEST_CASE(several_threads_may_validate_at_once) {
    const std::string text = with("root", "{}");
    std::vector<Diagnostics> results(4);
    {
        std::vector<std::jthread> threads;
        for (Diagnostics& result : results)
            threads.emplace_back([&text, &result] {
                const Document document = Document::parse(text, "test");
                for (int i = 0; i < 50; ++i)
                    validate_schema(document, DocumentType::config, result);
            });
    }
    for (const Diagnostics& result : results) {
        BOOST_TEST(result.size() == 50u);
        BOOST_TEST((result == results[0]));
    }
}
