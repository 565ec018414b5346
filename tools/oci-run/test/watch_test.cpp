// What can be seen of a container from outside: its processes, its statistics, its events.
#include <algorithm>
#include <filesystem>
#include <sstream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace json = boost::json;
namespace spec = ocikit::spec;

namespace {

std::vector<int> pids_of(const Outcome& outcome) {
    std::vector<int> pids;
    const json::value list = json::parse(outcome.out);
    for (const auto& pid : list.as_array())
        pids.push_back(pid.to_number<int>());
    return pids;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(watch)

CONTAINER_TEST(processes) {
    bundle.set_script("sleep 1000 & sleep 1000");
    bundle.write();
    BOOST_TEST_REQUIRE(oci_run(run_words({"--detach"})).status == 0);
    const auto pids = [&] { return pids_of(oci_run({"ps", "--format", "json", id()})); };
    BOOST_TEST(eventually([&] { return pids().size() == 2; }));
    BOOST_TEST(pids().front() == init_pid());
    // and those of a cgroup that the container has made in its own
    const std::string sub = cgroup_directories("oci-run-" + id()).front() + "/sub";
    if (is_cgroup_v2()) {
        std::filesystem::create_directory(sub);
        BOOST_TEST(oci_run({"exec", "--detach", "--cgroup", "sub", id(), "sleep", "1000"}).status == 0);
        BOOST_TEST(pids().size() == 3);
    }
    for (const char* const options : {"-ef", "-eo pid,args", "aux"}) {
        const Outcome table = oci_run({"ps", id(), options});
        BOOST_TEST(table.status == 0, table);
        BOOST_TEST(std::count(table.out.begin(), table.out.end(), '\n') ==
                       static_cast<std::ptrdiff_t>(pids().size()) + 1,
                   table);
        BOOST_TEST(has(table.out, "PID"), table);
        BOOST_TEST(has(table.out, "sleep 1000"), table);
    }
    const struct {
        std::vector<std::string> words;
        const char* text;
    } refused[] = {
        {{"ps", id(), "-o", "args"}, "no column PID"},
        {{"ps", "--format", "xml", id()}, "neither table nor json"},
        {{"ps", "none-" + id()}, "container does not exist"},
        {{"ps"}, "too few arguments"},
    };
    for (const auto& [words, text] : refused) {
        const Outcome outcome = oci_run(words);
        BOOST_TEST(outcome.status == 1, outcome);
        BOOST_TEST(has(outcome.err, text), outcome);
    }
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
}

CONTAINER_TEST(processes_without_a_cgroup) {
    std::erase_if(bundle.config.mounts, [](const auto& mount) { return mount.type == "cgroup"; });
    bundle.set_script("sleep 1000 & sleep 1000");
    bundle.write();
    auto words = run_words({"--detach"});
    words.insert(words.begin(), {"--cgroup-manager", "disabled"});
    BOOST_TEST_REQUIRE(oci_run(words).status == 0);
    BOOST_TEST(eventually([&] { return pids_of(oci_run({"ps", "-f", "json", id()})).size() == 2; }));
    BOOST_TEST(has(oci_run({"events", "--stats", id()}).err, "only a cgroup has statistics"));
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
}

CONTAINER_TEST(statistics) {
    bundle.config.linux->resources.emplace().memory.emplace().limit = 64 << 20;
    bundle.config.linux->resources->pids = spec::Pids{50};
    bundle.set_script("sleep 1000");
    bundle.write();
    BOOST_TEST_REQUIRE(oci_run(run_words({"--detach"})).status == 0);
    const Outcome outcome = oci_run({"events", "--stats", id()});
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome);
    BOOST_TEST(std::count(outcome.out.begin(), outcome.out.end(), '\n') == 1);
    const json::value event = json::parse(outcome.out);
    BOOST_TEST(event.at("type") == "stats");
    BOOST_TEST(event.at("id").as_string() == id());
    const json::value& data = event.at("data");
    BOOST_TEST(data.at("pids").at("current").to_number<int>() == 1);
    BOOST_TEST(data.at("pids").at("limit").to_number<int>() == 50);
    BOOST_TEST(data.at("memory").at("usage").at("limit").to_number<int>() == 64 << 20);
    BOOST_TEST(data.at("memory").at("usage").at("usage").to_number<int>() > 0);
    BOOST_TEST(data.at("memory").at("raw").as_object().size() > 5);
    BOOST_TEST(data.at("cpu").at("usage").at("total").to_number<std::int64_t>() > 0);
    BOOST_TEST(data.at("cpuset").at("cpus").as_array().size() > 0);
    BOOST_TEST(data.at("blkio").at("ioServiceBytesRecursive").is_array());
    BOOST_TEST(data.at("hugetlb").is_object());
    for (const char* const interval : {"0", "-1s", "5x", "", "s"})
        BOOST_TEST(has(oci_run({"events", "--interval", interval, id()}).err, "is no duration"), interval);
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
    BOOST_TEST(has(oci_run({"events", "--stats", id()}).err, "container does not exist"));
}

CONTAINER_TEST(until_the_end) {
    bundle.config.linux->resources.emplace().memory.emplace().limit = 16 << 20;
    // init itself stays below the limit; its child doesn't
    bundle.set_script(
        "while [ ! -e /go ]; do sleep 0.02; done; dd if=/dev/zero of=/dev/null bs=64M count=1; sleep 1000");
    bundle.write();
    BOOST_TEST_REQUIRE(oci_run(run_words({"--detach"})).status == 0);
    Child events(command({"events", "--interval=100ms", id()}));
    BOOST_TEST(eventually([&] { return has(events.out(), "\"type\":\"stats\""); }));
    bundle.directory().write("rootfs/go", "");
    BOOST_TEST(eventually([&] { return has(events.out(), "{\"type\":\"oom\",\"id\":\"" + id() + "\"}\n"); }));
    BOOST_TEST(oci_run({"kill", id(), "KILL"}).status == 0);
    const Outcome outcome = events.wait();
    BOOST_TEST(outcome.status == 0, outcome);
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);)
        BOOST_TEST(json::parse(line).is_object());
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
