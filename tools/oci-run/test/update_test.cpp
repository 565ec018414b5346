// Limits of a container that runs, before and after.
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace spec = ocikit::spec;

namespace {

struct Limited : Containers {
    void start() {
        bundle.config.linux->resources.emplace().memory.emplace().limit = 64 << 20;
        bundle.config.linux->resources->pids = spec::Pids{50};
        bundle.set_script("sleep 1000");
        bundle.write();
        const Outcome outcome = oci_run(run_words({"--detach"}));
        BOOST_TEST_REQUIRE(outcome.status == 0, outcome);
    }
    // A file of the container's cgroup, without the line's end.
    std::string limit(const std::string& controller, const std::string& file) const {
        const std::string directory =
            is_cgroup_v2() ? "/sys/fs/cgroup/" : "/sys/fs/cgroup/" + controller + "/";
        std::string text = read_file(directory + "oci-run-" + id() + "/" + file);
        while (text.ends_with('\n'))
            text.pop_back();
        return text;
    }
    Outcome update(std::vector<std::string> words, const std::string& input = "") const {
        words.insert(words.begin(), "update");
        words.push_back(id());
        bundle.directory().write("input", input);
        return oci_run(words, {.input = bundle.directory().path("input"), .before_exec = [] {}});
    }
};

#define LIMITED_TEST(name)                                                      \
    struct name##_case : Limited {                                              \
        void body();                                                            \
    };                                                                          \
    BOOST_AUTO_TEST_CASE(name) {                                                \
        const std::string reason = ocikit::run::test::why_no_containers();      \
        if (!reason.empty())                                                    \
            return ocikit::test::skip(reason);                                  \
        name##_case test;                                                       \
        test.start();                                                           \
        test.body();                                                            \
        BOOST_TEST(test.oci_run({"delete", "--force", test.id()}).status == 0); \
        test.check_nothing_is_left();                                           \
    }                                                                           \
    void name##_case::body()

struct File {
    const char* controller;
    const char* v1;
    const char* v1_text;
    const char* v2;
    const char* v2_text;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(update)

LIMITED_TEST(each_option) {
    const struct {
        std::vector<std::string> words;
        File file;
    } cases[] = {
        {{"--memory", "48m"}, {"memory", "memory.limit_in_bytes", "50331648", "memory.max", "50331648"}},
        {{"--memory=1.5GiB"}, {"memory", "memory.limit_in_bytes", "1610612736", "memory.max", "1610612736"}},
        {{"--memory", "-1"}, {"memory", "memory.limit_in_bytes", "9223372036854771712", "memory.max", "max"}},
        {{"--memory-reservation", "16777216"},
         {"memory", "memory.soft_limit_in_bytes", "16777216", "memory.low", "16777216"}},
        {{"--pids-limit", "20"}, {"pids", "pids.max", "20", "pids.max", "20"}},
        {{"--pids-limit=-1"}, {"pids", "pids.max", "max", "pids.max", "max"}},
        {{"--cpu-share", "2"}, {"cpu", "cpu.shares", "2", "cpu.weight", "1"}},
        {{"--cpu-quota", "20000"}, {"cpu", "cpu.cfs_quota_us", "20000", "cpu.max", "20000 100000"}},
        {{"--cpu-period", "50000"}, {"cpu", "cpu.cfs_period_us", "50000", "cpu.max", "20000 50000"}},
        {{"--cpu-quota", "-1"}, {"cpu", "cpu.cfs_quota_us", "-1", "cpu.max", "max 50000"}},
        {{"--cpuset-cpus", "0"}, {"cpuset", "cpuset.cpus", "0", "cpuset.cpus", "0"}},
        {{"--cpuset-mems", "0"}, {"cpuset", "cpuset.mems", "0", "cpuset.mems", "0"}},
    };
    for (const auto& [words, file] : cases) {
        const Outcome outcome = update(words);
        BOOST_TEST(outcome.status == 0, outcome);
        BOOST_TEST(outcome.err == "", outcome);
        if (is_cgroup_v2())
            BOOST_TEST(limit(file.controller, file.v2) == file.v2_text, words[0]);
        else
            BOOST_TEST(limit(file.controller, file.v1) == file.v1_text, words[0]);
    }
    // of no effect, for callers that still send them
    BOOST_TEST(update({"--kernel-memory", "1g", "--kernel-memory-tcp=1g"}).status == 0);
}

LIMITED_TEST(memory_and_swap_grow_and_shrink) {
    for (const auto& [memory, swap] : {std::pair{96, 128}, {32, 32}, {200, 400}, {400, 400}, {64, 80}}) {
        const Outcome outcome =
            update({"--memory", std::to_string(memory) + "m", "--memory-swap", std::to_string(swap) + "m"});
        if (!is_cgroup_v2() && limit("memory", "memory.memsw.limit_in_bytes").empty())
            return ocikit::test::skip("this kernel doesn't count swap");
        BOOST_TEST(outcome.status == 0, outcome);
        if (is_cgroup_v2()) {
            BOOST_TEST(limit("memory", "memory.max") == std::to_string(memory << 20));
            BOOST_TEST(limit("memory", "memory.swap.max") == std::to_string((swap - memory) << 20));
        } else {
            BOOST_TEST(limit("memory", "memory.limit_in_bytes") == std::to_string(memory << 20));
            BOOST_TEST(limit("memory", "memory.memsw.limit_in_bytes") == std::to_string(swap << 20));
        }
    }
}

// As Docker and containerd send them: every member, and 0 where nothing is asked for.
LIMITED_TEST(an_object_on_standard_input) {
    const std::string shares = is_cgroup_v2() ? "cpu.weight" : "cpu.shares";
    const std::string before = limit("cpu", shares);
    const Outcome outcome = update(
        {"--resources=-"},
        R"({"memory": {"limit": 33554432, "swap": 0, "reservation": 0}, "cpu": {"shares": 0, "quota": 0},
            "pids": {"limit": 30}, "devices": [{"allow": false, "access": "rwm"}]})");
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(limit("memory", is_cgroup_v2() ? "memory.max" : "memory.limit_in_bytes") == "33554432");
    BOOST_TEST(limit("pids", "pids.max") == "30");
    BOOST_TEST(limit("cpu", shares) == before);
    BOOST_TEST(oci_run({"exec", id(), "sh", "-c", "echo > /dev/null"}).status == 0,
               "the devices' rules stay");
    const auto saved =
        boost::json::parse(read_file(state_root() + "/" + id() + "/config.json")).at("linux").at("resources");
    BOOST_TEST(saved.at("memory").at("limit").to_number<int>() == 33554432);
    BOOST_TEST(saved.at("pids").at("limit").to_number<int>() == 30);
}

LIMITED_TEST(what_fails_changes_nothing) {
    bundle.directory().write("bad.json", R"({"pids": {"limit": "many"}})");
    const std::string bad = bundle.directory().path("bad.json");
    const struct {
        std::vector<std::string> words;
        std::string text;
    } cases[] = {
        {{"--pids-limit", "20", "--memory", "48m", "--cpuset-cpus", "4000"}, "command line: /cpu/cpus: "},
        {{"--pids-limit", "x"}, "--pids-limit: \"x\" is not a number"},
        {{"--memory", "1x"}, "--memory: \"1x\" is not -1 or a size"},
        {{"--memory", "-2"}, "--memory: \"-2\" is not -1 or a size"},
        {{"--memory", "9999999p"}, "--memory: \"9999999p\" is not -1 or a size"},
        {{"--blkio-weight", "70000"}, "--blkio-weight: \"70000\" is not a number"},
        // the rules that hold for a configuration hold for what becomes of it
        {{"--pids-limit", "20", "--blkio-weight", "5"}, "command line: /blockIO/weight: 5 is not within"},
        {{"--blkio-weight", "1001"}, "command line: /blockIO/weight: 1001 is not within"},
        {{"--pids-limit", "-2"}, "command line: /pids/limit: "},
        {{"--cpu-idle", "2"}, "command line: /cpu/idle: "},
        {{"--cpuset-cpus", "0-"}, "command line: /cpu/cpus: "},
        {{"--cpu-quota", "10000", "--cpu-burst", "20000"}, "command line: /cpu/burst: "},
        {{"--memory", "48m", "--memory-swap", "32m"}, "command line: /memory/swap: "},
        {{"--l3-cache-schema", "L3:0=f"}, "command line: the container was made without linux.intelRdt"},
        {{"--mem-bw-schema", "0=50"}, "command line: /memBwSchema: \"0=50\" does not begin with \"MB:\""},
        {{"--pids-limit", "20", "--cpu-burst", "2000000", "--cpu-quota", "1000000"},
         "command line: /cpu/burst: "},
        {{"--memory-swap", "1m"}, "command line: /memory/swap: "},
        {{"--resources", "/none"}, "/none: open: no such file or directory"},
        {{"--resources", bad}, bad + ":1:20: /pids/limit: expected an integer"},
    };
    for (const auto& [words, text] : cases) {
        const Outcome outcome = update(words);
        BOOST_TEST(outcome.status == 1, outcome);
        BOOST_TEST(has(outcome.err, text), outcome);
        BOOST_TEST(limit("pids", "pids.max") == "50");
        BOOST_TEST(limit("memory", is_cgroup_v2() ? "memory.max" : "memory.limit_in_bytes") == "67108864");
    }
}

LIMITED_TEST(a_limit_below_what_is_used) {
    // v1 refuses by itself; v2 would kill
    const Outcome outcome =
        update({"--resources=-"}, R"({"memory": {"limit": 4096, "checkBeforeUpdate": true}})");
    BOOST_TEST(outcome.status == 1, outcome);
    BOOST_TEST(has(outcome.err, "/memory/limit"), outcome);
    if (is_cgroup_v2())
        BOOST_TEST(has(outcome.err, "more than the new limit of 4096"), outcome);
    BOOST_TEST(state() == "running");
}

// As in kubernetes' pods.
CONTAINER_TEST(a_period_below_the_limit_of_a_cgroup_above) {
    if (is_cgroup_v2())
        return ocikit::test::skip("cgroup v2 has quota and period in one file");
    const std::string above = "/sys/fs/cgroup/cpu/" + id();
    BOOST_TEST_REQUIRE(std::filesystem::create_directory(above));
    std::ofstream(above + "/cpu.cfs_quota_us") << "50000";
    bundle.config.linux->cgroupsPath = "/" + id() + "/inside";
    bundle.set_script("sleep 1000");
    bundle.write();
    BOOST_TEST(oci_run(run_words({"--detach"})).status == 0);
    const struct {
        std::vector<std::string> words;
        int status;
        std::string quota, period;
    } cases[] = {
        {{"--cpu-quota", "60000"}, 1, "-1", "100000"},
        {{"--cpu-quota", "30000"}, 0, "30000", "100000"},
        {{"--cpu-period", "10000", "--cpu-quota", "3000"}, 0, "3000", "10000"},
        {{"--cpu-period", "5000", "--cpu-quota", "2501"}, 1, "3000", "10000"},
        {{"--cpu-period", "100000", "--cpu-quota", "50000"}, 0, "50000", "100000"},
        {{"--cpu-period", "50000", "--cpu-quota", "-1"}, 0, "-1", "50000"},
    };
    for (const auto& one : cases) {
        std::vector<std::string> words{"update"};
        words.insert(words.end(), one.words.begin(), one.words.end());
        words.push_back(id());
        const Outcome outcome = oci_run(words);
        BOOST_TEST(outcome.status == one.status, outcome);
        BOOST_TEST(read_file(above + "/inside/cpu.cfs_quota_us") == one.quota + "\n", one.words.back());
        BOOST_TEST(read_file(above + "/inside/cpu.cfs_period_us") == one.period + "\n", one.words.back());
    }
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
    ::rmdir(above.c_str());
}

LIMITED_TEST(only_what_runs) {
    BOOST_TEST(oci_run({"kill", id(), "KILL"}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(has(update({"--pids-limit", "20"}).err, "container not running"));
    BOOST_TEST(
        has(oci_run({"update", "--pids-limit", "20", "none-" + id()}).err, "container does not exist"));
}

// A limit that leaves no room for a process at all is one (config-linux.md#pids): of those that begin there.
CONTAINER_TEST(no_process_besides_the_program) {
    bundle.config.linux->resources.emplace().pids.emplace().limit = 0;
    const Outcome outcome = run_script("echo alone; (echo not alone); true");
    BOOST_TEST(outcome.out == "alone\n", outcome);
    BOOST_TEST(has(outcome.err, "can't fork"), outcome);
}

BOOST_AUTO_TEST_SUITE_END()
