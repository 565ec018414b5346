// linux.resources as writes to cgroup files, on v1 and on v2.
#include "cgroup/resources.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

namespace {

using namespace ocikit;
using namespace ocikit::run;

spec::Resources resources(const std::string& text) {
    const Document document = Document::parse(text, "resources");
    Diagnostics diagnostics = document.diagnostics();
    const auto decoded = decode_resources(document, diagnostics);
    BOOST_REQUIRE_MESSAGE(decoded, text);
    return *decoded;
}

// One line a write: `file=text`, with the file that is taken otherwise behind a bar.
std::string shown(const std::vector<CgroupWrite>& writes) {
    std::string text;
    for (const auto& write : writes) {
        text += (text.empty() ? "" : "; ") + write.file + "=" + write.text;
        if (!write.otherwise.empty())
            text += "|" + write.otherwise + "=" + write.otherwise_text;
        if (write.optional)
            text += "?";
    }
    return text;
}

std::string outcome(std::vector<CgroupWrite> (*plan)(const spec::Resources&), const std::string& text) {
    try {
        return shown(plan(resources(text)));
    } catch (const Error& error) {
        return error.what();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resources_test)

BOOST_AUTO_TEST_CASE(both_versions) {
    const struct {
        const char* resources;
        const char* v1;
        const char* v2;
    } rows[] = {
        {R"({})", "", ""},
        // as dockerd and others have it
        {R"({"blockIO": {"weight": 0, "leafWeight": 0, "weightDevice": [{"major": 8, "minor": 0, "weight": 0}]}})",
         "", ""},
        {R"({"memory": {"limit": 0, "swap": 0, "reservation": 0, "kernel": 0, "kernelTCP": 0}})", "", ""},
        {R"({"cpu": {"shares": 0, "quota": 0, "period": 0, "realtimeRuntime": 0, "realtimePeriod": 0}})", "",
         ""},
        {R"({"memory": {"limit": 1048576}})", "memory.limit_in_bytes=1048576", "memory.max=1048576"},
        {R"({"memory": {"limit": -1}})", "memory.limit_in_bytes=-1", "memory.max=max"},
        {R"({"memory": {"swap": 0}})", "", "memory.swap.max=0"},
        {R"({"memory": {"limit": 100, "swap": 300, "reservation": 50}})",
         "memory.limit_in_bytes=100; memory.memsw.limit_in_bytes=300; memory.soft_limit_in_bytes=50",
         "memory.swap.max=200; memory.max=100; memory.low=50"},
        {R"({"memory": {"limit": 100, "swap": 100}})",
         "memory.limit_in_bytes=100; memory.memsw.limit_in_bytes=100", "memory.swap.max=0; memory.max=100"},
        {R"({"memory": {"swap": -1}})", "memory.memsw.limit_in_bytes=-1", "memory.swap.max=max"},
        {R"({"memory": {"limit": 100, "swap": 50}})",
         "memory.limit_in_bytes=100; memory.memsw.limit_in_bytes=50",
         "config.json: /linux/resources/memory/swap: 50 is below the memory limit 100"},
        {R"({"memory": {"swap": 50}})", "memory.memsw.limit_in_bytes=50",
         "config.json: /linux/resources/memory/swap: needs a memory limit beside it: it is the sum of memory "
         "and "
         "swap"},
        {R"({"memory": {"swappiness": 10}})", "memory.swappiness=10",
         "config.json: /linux/resources/memory/swappiness: cgroup v2 has nothing like it"},
        {R"({"memory": {"disableOOMKiller": true}})", "memory.oom_control=1",
         "config.json: /linux/resources/memory/disableOOMKiller: cgroup v2 has nothing like it"},
        {R"({"memory": {"disableOOMKiller": false}})", "", ""},
        {R"({"memory": {"useHierarchy": true}})", "memory.use_hierarchy=1", ""},
        {R"({"memory": {"useHierarchy": false}})", "memory.use_hierarchy=0",
         "config.json: /linux/resources/memory/useHierarchy: cgroup v2 is always hierarchical"},
        {R"({"cpu": {"shares": 1024, "quota": 50000, "period": 100000, "burst": 1000}})",
         "cpu.shares=1024; cpu.cfs_period_us=100000; cpu.cfs_quota_us=50000; cpu.cfs_burst_us=1000",
         "cpu.weight=100; cpu.max=50000 100000; cpu.max.burst=1000"},
        {R"({"cpu": {"quota": -1}})", "cpu.cfs_quota_us=-1", "cpu.max=max 100000"},
        {R"({"cpu": {"idle": 1, "shares": 100}})", "cpu.shares=100; cpu.idle=1", "cpu.idle=1"},
        {R"({"cpu": {"cpus": "0-1", "mems": "0"}})", "cpuset.cpus=0-1; cpuset.mems=0",
         "cpuset.cpus=0-1; cpuset.mems=0"},
        {R"({"cpu": {"realtimeRuntime": 1}})", "cpu.rt_runtime_us=1",
         "config.json: /linux/resources/cpu/realtimeRuntime: cgroup v2 has nothing like it"},
        {R"({"pids": {"limit": 0}})", "pids.max=0", "pids.max=0"},
        {R"({"pids": {"limit": -1}})", "pids.max=max", "pids.max=max"},
        {R"({"blockIO": {"weight": 10}})", "blkio.weight=10|blkio.bfq.weight=10",
         "io.bfq.weight=default 10|io.weight=default 1"},
        {R"({"blockIO": {"weight": 1000}})", "blkio.weight=1000|blkio.bfq.weight=1000",
         "io.bfq.weight=default 1000|io.weight=default 10000"},
        {R"({"blockIO": {"throttleReadBpsDevice": [{"major": 8, "minor": 16, "rate": 5}]}})",
         "blkio.throttle.read_bps_device=8:16 5", "io.max=8:16 rbps=5"},
        {R"({"blockIO": {"leafWeight": 10}})", "blkio.leaf_weight=10|blkio.bfq.leaf_weight=10",
         "config.json: /linux/resources/blockIO/leafWeight: cgroup v2 has nothing like it"},
        {R"({"hugepageLimits": [{"pageSize": "2MB", "limit": 18446744073709551615}]})",
         "hugetlb.2MB.rsvd.limit_in_bytes=18446744073709551615?; "
         "hugetlb.2MB.limit_in_bytes=18446744073709551615",
         "hugetlb.2MB.rsvd.max=18446744073709551615?; hugetlb.2MB.max=18446744073709551615"},
        {R"({"network": {"classID": 7, "priorities": [{"name": "lo", "priority": 3}]}})",
         "net_cls.classid=7; net_prio.ifpriomap=lo 3",
         "config.json: /linux/resources/network/classID: cgroup v2 has nothing like it"},
        {R"({"rdma": {"mlx5_1": {"hcaHandles": 3}}})", "rdma.max=mlx5_1 hca_handle=3",
         "rdma.max=mlx5_1 hca_handle=3"},
        {R"({"unified": {"memory.high": "1000"}})",
         "config.json: /linux/resources/unified: needs cgroup v2, and this machine has v1",
         "memory.high=1000"},
        {R"({"unified": {"../memory.max": "1"}})",
         "config.json: /linux/resources/unified: needs cgroup v2, and this machine has v1",
         "config.json: /linux/resources/unified: \"../memory.max\" is no file of a cgroup, as in "
         "\"memory.high\""},
    };
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.resources) {
            BOOST_TEST(outcome(resource_writes_v1, row.resources) == row.v1);
            BOOST_TEST(outcome(resource_writes_v2, row.resources) == row.v2);
        }
    }
}

BOOST_AUTO_TEST_CASE(shares_and_weights_agree_at_their_ends_and_defaults) {
    const struct {
        std::uint64_t shares;
        unsigned weight;
    } rows[] = {{0, 1}, {2, 1}, {1024, 100}, {262144, 10000}, {1000000, 10000}};
    for (const auto& row : rows)
        BOOST_TEST(cpu_weight(row.shares) == row.weight);
    for (std::uint64_t shares = 2; shares < 262144; shares += 7)
        BOOST_REQUIRE(cpu_weight(shares) <= cpu_weight(shares + 7));
}

BOOST_AUTO_TEST_SUITE_END()
