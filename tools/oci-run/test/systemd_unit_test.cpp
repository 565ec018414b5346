// cgroupsPath, limits, device rules and annotations as units of systemd.
#include "cgroup/systemd_unit.hpp"

#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

#include "cgroup/systemd_io.hpp"

using namespace ocikit;
using namespace ocikit::run;

namespace {

std::string words(const dbus::Value& value) {
    if (value.items.empty() && value.signature[0] != 'a')
        return value.text.empty() ? std::to_string(value.number) : value.text;
    std::string text;
    for (const auto& item : value.items)
        text += (text.empty() ? "" : " ") + words(item);
    return "[" + text + "]";
}

std::string words(const SystemdProperties& properties) {
    std::string text;
    for (const auto& [name, value] : properties)
        text += (text.empty() ? "" : "; ") + name + "=" + value.signature + " " + words(value);
    return text;
}

template <class Make>
std::string outcome(Make make) {
    try {
        return make();
    } catch (const Error& error) {
        return error.what();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(systemd_unit_names)

BOOST_AUTO_TEST_CASE(names_and_places) {
    const struct {
        const char* path;
        bool users;
        const char* cgroup;
    } rows[] = {
        {"", false, "system.slice/oci-run-web.scope"},
        {"", true, "user.slice/oci-run-web.scope"},
        {"machine.slice:libpod:abc", false, "machine.slice/libpod-abc.scope"},
        {"a-b-c.slice:p:n", false, "a.slice/a-b.slice/a-b-c.slice/p-n.scope"},
        {":p:n", false, "system.slice/p-n.scope"},
        {"-.slice:p:n", false, "p-n.scope"},
        {"a.slice::n", false, "a.slice/n.scope"},
        {"a.slice:p:n+1", false, "a.slice/p-n\\x2b1.scope"},
        {"a.slice:p:a-x.slice", false, "a.slice/a-x.slice"},
        {"/a/b", false,
         "config.json: /linux/cgroupsPath: expected cgroupsPath to be of format \"slice:prefix:name\" for "
         "systemd cgroups, got \"/a/b\" instead"},
        {"a:b", false,
         "config.json: /linux/cgroupsPath: expected cgroupsPath to be of format \"slice:prefix:name\" for "
         "systemd cgroups, got \"a:b\" instead"},
        {"a.slice:p:n:m", false,
         "config.json: /linux/cgroupsPath: expected cgroupsPath to be of format \"slice:prefix:name\" for "
         "systemd cgroups, got \"a.slice:p:n:m\" instead"},
        {"a.slice:p:", false, "config.json: /linux/cgroupsPath: \"a.slice:p:\" names no unit"},
        {"a.slice:p:n/m", false,
         "config.json: /linux/cgroupsPath: \"a.slice:p:n/m\" has a slash, and no unit of systemd can"},
        {"a.slice/b:p:n", false,
         "config.json: /linux/cgroupsPath: \"a.slice/b:p:n\" has a slash, and no unit of systemd can"},
        {"web:p:n", false,
         "config.json: /linux/cgroupsPath: \"web\" is not the name of a slice, as in user-web.slice"},
        {"a--b.slice:p:n", false,
         "config.json: /linux/cgroupsPath: \"a--b.slice\" is not the name of a slice, as in user-web.slice"},
        {"-a.slice:p:n", false,
         "config.json: /linux/cgroupsPath: \"-a.slice\" is not the name of a slice, as in user-web.slice"},
        {".slice:p:n", false,
         "config.json: /linux/cgroupsPath: \".slice\" is not the name of a slice, as in user-web.slice"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.path) {
            const std::string path = row.path;
            BOOST_TEST(outcome([&] {
                           return systemd_unit(path.empty() ? nullptr : &path, "web", row.users).cgroup();
                       }) == row.cgroup);
        }
}

BOOST_AUTO_TEST_CASE(limits_become_properties) {
    const struct {
        std::vector<CgroupWrite> writes;
        const char* properties;
    } rows[] = {
        {{{"memory", "memory.max", "4096", ""}}, "MemoryMax=t 4096"},
        {{{"memory", "memory.max", "max", ""}}, "MemoryMax=t 18446744073709551615"},
        {{{"memory", "memory.max", "0", ""}}, ""},
        {{{"memory", "memory.high", "1", ""}, {"memory", "memory.min", "2", ""}},
         "MemoryHigh=t 1; MemoryMin=t 2"},
        {{{"memory", "memory.low", "3", ""}, {"memory", "memory.swap.max", "0", ""}},
         "MemoryLow=t 3; MemorySwapMax=t 0"},
        {{{"memory", "memory.oom.group", "1", ""}}, ""},
        {{{"pids", "pids.max", "7", ""}}, "TasksMax=t 7"},
        {{{"pids", "pids.max", "0", ""}}, "TasksMax=t 1"},
        {{{"pids", "pids.max", "max", ""}}, "TasksMax=t 18446744073709551615"},
        {{{"cpu", "cpu.weight", "59", ""}}, "CPUWeight=t 59"},
        {{{"cpu", "cpu.idle", "1", ""}}, "CPUWeight=t 0"},
        {{{"cpu", "cpu.max", "50000 100000", ""}},
         "CPUQuotaPeriodUSec=t 100000; CPUQuotaPerSecUSec=t 500000"},
        {{{"cpu", "cpu.max", "12345 100000", ""}},
         "CPUQuotaPeriodUSec=t 100000; CPUQuotaPerSecUSec=t 130000"},
        {{{"cpu", "cpu.max", "max 50000", ""}},
         "CPUQuotaPeriodUSec=t 50000; CPUQuotaPerSecUSec=t 18446744073709551615"},
        {{{"cpu", "cpu.cfs_period_us", "50000", ""}, {"cpu", "cpu.cfs_quota_us", "100000", ""}},
         "CPUQuotaPeriodUSec=t 50000; CPUQuotaPerSecUSec=t 2000000"},
        {{{"cpuset", "cpuset.cpus", "0-2,9", ""}}, "AllowedCPUs=ay [7 2]"},
        {{{"cpuset", "cpuset.mems", "0", ""}}, "AllowedMemoryNodes=ay [1]"},
        {{{"cpu", "cpu.shares", "512", ""}, {"blkio", "blkio.weight", "10", ""}},
         "CPUShares=t 512; BlockIOWeight=t 10"},
        {{{"rdma", "rdma.max", "mlx hca_handle=3", ""}}, ""},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.writes.front().file << " " << row.writes.front().text)
    BOOST_TEST(words(limit_properties(row.writes, 252)) == row.properties);
    BOOST_TEST(words(limit_properties({{"memory", "memory.oom.group", "1", ""}}, 253)) == "OOMPolicy=s kill");
}

BOOST_AUTO_TEST_CASE(io_limits_become_properties) {
    const struct {
        std::vector<CgroupWrite> writes;
        const char* properties;
    } rows[] = {
        {{{"io", "io.max", "8:16 rbps=5", ""}}, "IOReadBandwidthMax=a(st) [[/dev/block/8:16 5]]"},
        {{{"io", "io.max", "8:16 rbps=5 wiops=max", ""}, {"io", "io.max", "8:0 rbps=6", ""}},
         "IOReadBandwidthMax=a(st) [[/dev/block/8:16 5] [/dev/block/8:0 6]]; IOWriteIOPSMax=a(st) "
         "[[/dev/block/8:16 18446744073709551615]]"},
        {{{"io", "io.max", "8:0 wbps=1\n8:16 riops=2\n", ""}},
         "IOReadIOPSMax=a(st) [[/dev/block/8:16 2]]; IOWriteBandwidthMax=a(st) [[/dev/block/8:0 1]]"},
        {{{"io", "io.weight", "77", ""}}, "IOWeight=t 77"},
        {{{"io", "io.weight", "default 77", ""}, {"io", "io.weight", "8:0 78", ""}},
         "IOWeight=t 77; IODeviceWeight=a(st) [[/dev/block/8:0 78]]"},
        {{{"io", "io.latency", "8:0 target=100", ""}},
         "IODeviceLatencyTargetUSec=a(st) [[/dev/block/8:0 100]]"},
        {{{"blkio", "blkio.throttle.read_bps_device", "8:0 100", ""},
          {"blkio", "blkio.throttle.read_bps_device", "8:16 0", ""}},
         "BlockIOReadBandwidth=a(st) [[/dev/block/8:0 100]]"},
        {{{"blkio", "blkio.weight_device", "8:0 100", "", "blkio.bfq.weight_device", "8:0 100"}},
         "BlockIODeviceWeight=a(st) [[/dev/block/8:0 100]]"},
        {{{"memory", "memory.max", "8", ""}, {"io", "io.cost.qos", "8:0 enable=1", ""}}, ""},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.writes.front().file << " " << row.writes.front().text)
    BOOST_TEST(words(io_properties(row.writes, false)) == row.properties);
    // as systemd converts them: at its ends and its default, and in between
    const struct {
        const char *bfq, *weight;
    } weights[] = {{"10", "10"}, {"100", "100"}, {"101", "111"}, {"1000", "10000"}};
    for (const auto& [bfq, weight] : weights) {
        const std::vector<CgroupWrite> all{
            {"io", "io.bfq.weight", std::string("default ") + bfq, "", "io.weight", "default 55"}};
        const std::vector<CgroupWrite> one{
            {"io", "io.bfq.weight", std::string("8:0 ") + bfq, "", "io.weight", "8:0 55"}};
        BOOST_TEST(words(io_properties(all, true)) == std::string("IOWeight=t ") + weight);
        BOOST_TEST(words(io_properties(all, false)) == "IOWeight=t 55");
        BOOST_TEST(words(io_properties(one, true)) ==
                   std::string("IODeviceWeight=a(st) [[/dev/block/8:0 ") + weight + "]]");
        BOOST_TEST(words(io_properties(one, false)) == "IODeviceWeight=a(st) [[/dev/block/8:0 55]]");
    }
}

BOOST_AUTO_TEST_CASE(device_rules_become_properties) {
    BOOST_TEST(
        words(device_properties({{false, 'a', -1, -1, 7}, {true, 'c', 1, 3, 7}, {true, 'c', -1, -1, 1}})) ==
        "DevicePolicy=s strict; DeviceAllow=a(ss) [[/dev/char/1:3 rwm] [char-* m]]");
    BOOST_TEST(
        words(device_properties({{true, 'c', 136, -1, 6}, {true, 'b', 7, 1, 2}, {true, 'a', 9, 9, 2}})) ==
        "DevicePolicy=s strict; DeviceAllow=a(ss) [[char-pts rw] [/dev/block/7:1 r] [/dev/char/9:9 r] "
        "[/dev/block/9:9 r]]");
    BOOST_TEST(words(device_properties({{true, 'a', -1, -1, 7}})) == "DevicePolicy=s auto");
}

BOOST_AUTO_TEST_CASE(annotations_become_properties) {
    const struct {
        const char* key;
        const char* value;
        const char* properties;
    } rows[] = {
        {"org.systemd.property.CollectMode", "'inactive-or-failed'", "CollectMode=s inactive-or-failed"},
        {"org.systemd.property.TimeoutStopUSec", "uint64 123", "TimeoutStopUSec=t 123"},
        {"org.systemd.property.TimeoutStopSec", "uint64 2", "TimeoutStopUSec=t 2000000"},
        {"org.systemd.property.TimeoutStopSec", "1.5", "TimeoutStopUSec=t 1500000"},
        {"org.systemd.property.After", "['a.service']", "After=as [a.service]"},
        {"org.example", "x", ""},
        {"org.systemd.property.TimeoutStopSec", "'x'",
         "config.json: /annotations/org.systemd.property.TimeoutStopSec: not a number of seconds"},
        {"org.systemd.property.TimeoutStopSec", "-1",
         "config.json: /annotations/org.systemd.property.TimeoutStopSec: not a number of seconds"},
        {"org.systemd.property.A", "b",
         "config.json: /annotations/org.systemd.property.A: \"b\" is no value in GVariant's text format: "
         "\"b\" "
         "is no number"},
        {"org.systemd.property.", "1",
         "config.json: /annotations/org.systemd.property.: \"\" is no name of a property"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.key << " " << row.value)
    BOOST_TEST(outcome([&] {
                   return words(annotated_properties({{row.key, row.value}}));
               }) == row.properties);
}

BOOST_AUTO_TEST_SUITE_END()
