#include <boost/test/unit_test.hpp>

#include <ocikit/decode.hpp>

using ocikit::Document;
using ocikit::Position;
using ocikit::Severity;

namespace {

struct Finding {
    std::string rule;
    std::string pointer;
    Position position;
    std::string words;
};

struct Case {
    std::string text;
    std::vector<Finding> findings;
};

const std::string beyond = "is out of range, expected an integer from ";

const std::vector<Case> cases = {
    {R"({"ociVersion": "1.3.0"})", {}},
    {R"({})", {{"decode/required", "", {1, 1}, "the property \"ociVersion\" is missing"}}},
    {R"([])", {{"decode/type", "", {1, 1}, "expected an object, found an array"}}},
    {R"({"ociVersion": 1.3})",
     {{"decode/type", "/ociVersion", {1, 16}, "expected a string, found the number 1.3"}}},
    {R"({"ociVersion": "1", "hostname": null})",
     {{"decode/type", "/hostname", {1, 33}, "expected a string, found null"}}},
    {R"({"ociVersion": "1", "mounts": {}})",
     {{"decode/type", "/mounts", {1, 31}, "expected an array, found an object"}}},
    {R"({"ociVersion": "1", "annotations": {"a/b": true}})",
     {{"decode/type", "/annotations/a~1b", {1, 44}, "expected a string, found true"}}},
    {R"({"ociVersion": "1", "vm": "x"})",
     {{"decode/type", "/vm", {1, 27}, "expected an object, found the string \"x\""}}},
    {R"({"ociVersion": "1", "root": {"path": "r", "readonly": 1}})",
     {{"decode/type", "/root/readonly", {1, 55}, "expected true or false, found the number 1"}}},
    {R"({"ociVersion": "1", "process": {"cwd": "/", "user": {"uid": "0"}}})",
     {{"decode/type", "/process/user/uid", {1, 61}, "expected an integer, found the string \"0\""}}},
    {R"({"ociVersion": "1", "process": {"cwd": "/", "user": {"uid": 4294967295}}})", {}},
    {R"({"ociVersion": "1", "process": {"cwd": "/", "user": {"uid": 4294967296}}})",
     {{"decode/range", "/process/user/uid", {1, 61}, "4294967296 " + beyond + "0 to 4294967295"}}},
    {R"({"ociVersion": "1", "process": {"cwd": "/", "user": {"uid": -1}}})",
     {{"decode/range", "/process/user/uid", {1, 61}, "-1 " + beyond + "0 to"}}},
    {R"({"ociVersion": "1", "process": {"cwd": "/", "oomScoreAdj": 1.0}})",
     {{"decode/range", "/process/oomScoreAdj", {1, 60}, "without fraction or exponent, found 1.0"}}},
    {R"({"ociVersion": "1", "process": {"cwd": "/", "oomScoreAdj": 1e3}})",
     {{"decode/range", "/process/oomScoreAdj", {1, 60}, "without fraction or exponent, found 1e3"}}},
    {R"({"ociVersion": "1", "process": {"cwd": "/", "rlimits": [{"type": "RLIMIT_CPU", "hard": 18446744073709551615, "soft": 9223372036854775808}]}})",
     {}},
    {R"({"ociVersion": "1", "process": {"cwd": "/", "rlimits": [{"type": "RLIMIT_CPU", "hard": 18446744073709551616, "soft": 0}]}})",
     {{"decode/range",
       "/process/rlimits/0/hard",
       {1, 88},
       "18446744073709551616 " + beyond + "0 to 18446744073709551615"}}},
    {R"({"ociVersion": "1", "linux": {"resources": {"memory": {"limit": 9223372036854775808}}}})",
     {{"decode/range",
       "/linux/resources/memory/limit",
       {1, 65},
       beyond + "-9223372036854775808 to 9223372036854775807"}}},
    {R"({"ociVersion": "1", "linux": {"resources": {"memory": {"limit": -9223372036854775809}}}})",
     {{"decode/range", "/linux/resources/memory/limit", {1, 65}, "-9223372036854775809 " + beyond}}},
    {R"({"ociVersion": "1", "linux": {"resources": {"memory": {"limit": -1}}}})", {}},
    {R"({"ociVersion": "1", "linux": {"resources": {"blockIO": {"weight": 65536}}}})",
     {{"decode/range", "/linux/resources/blockIO/weight", {1, 67}, beyond + "0 to 65535"}}},
    {R"({"ociVersion": "1", "linux": {"namespaces": [{"type": "pid"}, {"type": "net"}]}})",
     {{"decode/enum",
       "/linux/namespaces/1/type",
       {1, 72},
       "\"net\" is not allowed here, expected \"pid\", \"network\", \"mount\", \"ipc\", \"uts\", \"user\", "
       "\"cgroup\" or \"time\""}}},
    {R"({"ociVersion": "1", "linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "flags": ["SECCOMP_FILTER_FLAG_LOG"]}}})",
     {}},
    {R"({"ociVersion": "1", "linux": {"seccomp": {"defaultAction": "errno_"}}})",
     {{"decode/enum", "/linux/seccomp/defaultAction", {1, 60}, "\"SCMP_ACT_ERRNO\""}}},
    {R"({"ociVersion": "1", "linux": {"seccomp": {"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"action": "SCMP_ACT_LOG"}]}}})",
     {{"decode/required", "/linux/seccomp/syscalls/0", {1, 89}, "\"names\" is missing"}}},
    {R"({"ociVersion": "1", "process": {"cwd": "/\u0000x"}})",
     {{"decode/nul", "/process/cwd", {1, 40}, "U+0000"}}},
    {R"({"ociVersion": "1", "annotations": {"\u0000": ""}})",
     {{"decode/nul", std::string("/annotations/\0", 14), {1, 37}, "the key has U+0000"}}},
    {R"({"ociVersion": "1", "hostName": "x", "Process": {}})",
     {{"decode/unknown", "/hostName", {1, 21}, "\"hostName\" here, did you mean \"hostname\"?"},
      {"decode/unknown", "/Process", {1, 38}, "did you mean \"process\"?"}}},
    {R"({"ociVersion": "1", "linux": {"cgroupPath": "/a", "x-vendor": 1}})",
     {{"decode/unknown", "/linux/cgroupPath", {1, 31}, "did you mean \"cgroupsPath\"?"},
      {"decode/unknown", "/linux/x-vendor", {1, 51}, "the specification has no property \"x-vendor\" here"}}},
    {R"({"ociVersion": "1", "x\u001b[31m\n": 1})",
     {{"decode/unknown", "/x\x1b[31m\n", {1, 21}, "no property \"x\\x1b[31m\\x0a\" here"}}},
    // all findings, not the first only
    {R"({"hostname": 1, "process": {"user": [], "env": ["A=1", 2]}})",
     {{"decode/required", "", {1, 1}, "ociVersion"},
      {"decode/type", "/process/user", {1, 37}, "expected an object, found an array"},
      {"decode/type", "/process/env/1", {1, 56}, "expected a string, found the number 2"},
      {"decode/required", "/process", {1, 28}, "\"cwd\" is missing"},
      {"decode/type", "/hostname", {1, 14}, "expected a string, found the number 1"}}},
};

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_wrong_is_found_and_placed) {
    for (const Case& one : cases) {
        BOOST_TEST_CONTEXT(one.text) {
            const Document document = Document::parse(one.text, "test");
            BOOST_TEST_REQUIRE(document.has_value());
            ocikit::Diagnostics found;
            const bool decoded = ocikit::decode_config(document, found).has_value();
            BOOST_TEST(decoded == !ocikit::has_errors(found));
            BOOST_TEST_REQUIRE(found.size() == one.findings.size());
            for (std::size_t i = 0; i < found.size(); ++i) {
                const Finding& expected = one.findings[i];
                BOOST_TEST(found[i].rule == expected.rule);
                BOOST_TEST(found[i].pointer == expected.pointer);
                BOOST_TEST(found[i].position.line == expected.position.line);
                BOOST_TEST(found[i].position.column == expected.position.column);
                BOOST_TEST(found[i].message.find(expected.words) != std::string::npos, found[i].message);
                const bool warning = expected.rule == "decode/unknown";
                BOOST_TEST((found[i].severity == (warning ? Severity::warning : Severity::error)));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(values_arrive) {
    const Document document = Document::parse(R"({
        "ociVersion": "1.0.2",
        "process": {"cwd": "/srv", "args": ["sh", "-c"], "user": {"uid": 1000, "additionalGids": [5]},
                    "scheduler": {"policy": "SCHED_FIFO", "flags": ["SCHED_FLAG_DL_OVERRUN"]},
                    "ioPriority": {"class": "IOPRIO_CLASS_IDLE"}, "execCPUAffinity": {"final": "0-1"}},
        "linux": {"sysctl": {"kernel.msgmax": "65536"}, "resources": {"hugepageLimits":
                      [{"pageSize": "2MB", "limit": 18446744073709551615}]},
                  "memoryPolicy": {"mode": "MPOL_DEFAULT"}, "rootfsPropagation": "private"},
        "windows": {"layerFolders": ["C:\\a"]}})",
                                              "test");
    ocikit::Diagnostics found;
    const auto config = ocikit::decode_config(document, found);
    BOOST_TEST_REQUIRE(config.has_value());
    BOOST_TEST(found.empty());
    BOOST_TEST(config->process->args.at(1) == "-c");
    BOOST_TEST(*config->process->user->uid == 1000u);
    BOOST_TEST(!config->process->user->gid.has_value());
    BOOST_TEST(config->process->user->additionalGids.at(0) == 5u);
    BOOST_TEST((config->process->scheduler->policy == ocikit::spec::SchedulerPolicy::fifo));
    BOOST_TEST((config->process->scheduler->flags.at(0) == ocikit::spec::SchedulerFlag::dl_overrun));
    BOOST_TEST((config->process->ioPriority->class_ == ocikit::spec::IoPriorityClass::idle));
    BOOST_TEST(*config->process->execCPUAffinity->final_ == "0-1");
    BOOST_TEST(config->linux->sysctl.at("kernel.msgmax") == "65536");
    BOOST_TEST(config->linux->resources->hugepageLimits.at(0).limit == 18446744073709551615u);
    BOOST_TEST((*config->linux->memoryPolicy->mode == ocikit::spec::MemoryPolicyMode::default_));
    BOOST_TEST((*config->linux->rootfsPropagation == ocikit::spec::RootfsPropagation::private_));
    BOOST_TEST(config->windows->at("layerFolders").as_array().size() == 1u);
}

BOOST_AUTO_TEST_CASE(parts_of_a_config_and_other_documents) {
    ocikit::Diagnostics found;
    const auto process =
        ocikit::decode_process(Document::parse(R"({"cwd": "/", "args": ["true"]})", "test"), found);
    BOOST_TEST_REQUIRE(process.has_value());
    BOOST_TEST(process->args.at(0) == "true");
    const auto resources =
        ocikit::decode_resources(Document::parse(R"({"pids": {"limit": -1}})", "test"), found);
    BOOST_TEST_REQUIRE(resources.has_value());
    BOOST_TEST(resources->pids->limit == -1);
    const auto state = ocikit::decode_state(
        Document::parse(R"({"ociVersion": "1.3.0", "id": "a", "status": "paused", "bundle": "/b"})", "test"),
        found);
    BOOST_TEST_REQUIRE(state.has_value());
    BOOST_TEST(state->status == "paused");
    const auto features =
        ocikit::decode_features(Document::parse(R"({"ociVersionMin": "1.0.0", "ociVersionMax": "1.3.0",
                            "linux": {"seccomp": {"archs": ["SCMP_ARCH_X86_64"]}}})",
                                                "test"),
                                found);
    BOOST_TEST_REQUIRE(features.has_value());
    BOOST_TEST((features->linux->seccomp->archs.at(0) == ocikit::spec::SeccompArch::x86_64));
    BOOST_TEST(found.empty());
}
