// Containers whose cgroup systemd makes: of the machine's for root, of their own for others.
#include <csignal>
#include <filesystem>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "support/skip.hpp"
#include "systemd_units.hpp"

namespace fs = std::filesystem;
using namespace ocikit;
using namespace ocikit::run::test;

BOOST_AUTO_TEST_SUITE(systemd)

SYSTEMD_TEST(machines, a_scope_with_limits) {
    bundle.config.linux->cgroupsPath = "ocikittest-inner.slice:p:" + id();
    auto& resources = bundle.config.linux->resources.emplace();
    resources.memory.emplace().limit = 64 << 20;
    resources.memory->reservation = 32 << 20;
    resources.cpu.emplace().shares = 512;
    resources.cpu->quota = 50000;
    resources.cpu->period = 100000;
    resources.cpu->cpus = "0";
    resources.pids.emplace().limit = 99;
    resources.devices = {{true, "c", 10, 229, "rw"}};
    bundle.config.annotations["org.systemd.property.TimeoutStopSec"] = "uint64 7";
    bundle.set_script("sleep 100");
    bundle.write();
    BOOST_REQUIRE_EQUAL(oci_run(with(create_words())).err, "");
    const std::string place = "ocikittest.slice/ocikittest-inner.slice/" + scope;
    for (const auto& directory : cgroup_directories(place))
        BOOST_TEST(has(read_file(directory + "/cgroup.procs"), std::to_string(init_pid()) + "\n"), directory);
    const struct {
        const char* name;
        const char* v1;
        const char* v2;
    } rows[] = {
        {"Slice", "ocikittest-inner.slice", "ocikittest-inner.slice"},
        {"Delegate", "yes", "yes"},
        {"TasksMax", "99", "99"},
        {"MemoryMax", "infinity", "67108864"},
        {"MemoryLow", "0", "33554432"},
        {"MemoryLimit", "67108864", "infinity"},
        {"CPUWeight", "[not set]", "59"},
        {"CPUShares", "512", "[not set]"},
        {"CPUQuotaPerSecUSec", "500ms", "500ms"},
        {"AllowedCPUs", "0", "0"},
        {"DevicePolicy", "strict", "strict"},
        {"TimeoutStopUSec", "7s", "7s"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.name)
    BOOST_TEST(property(scope, row.name) == (is_cgroup_v2() ? row.v2 : row.v1));
    BOOST_TEST(has(property(scope, "DeviceAllow"), "/dev/char/10:229 rw"));
    if (is_cgroup_v2()) {
        const std::string directory = "/sys/fs/cgroup/" + place;
        BOOST_TEST(read_file(directory + "/memory.max") == "67108864\n");
        BOOST_TEST(read_file(directory + "/cpu.max") == "50000 100000\n");
        BOOST_TEST(read_file(directory + "/cpuset.cpus") == "0\n");
        BOOST_TEST(read_file(directory + "/pids.max") == "99\n");
    }
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(oci_run({"update", "--pids-limit", "77", "--cpu-quota", "12345", id()}).err == "");
    BOOST_TEST(property(scope, "TasksMax") == "77");
    BOOST_TEST(property(scope, "CPUQuotaPerSecUSec") == "130ms");
    for (const auto& directory : cgroup_directories(place)) {
        if (const std::string quota = read_file(directory + "/cpu.cfs_quota_us"); !quota.empty())
            BOOST_TEST(quota == "12345\n");
        if (const std::string max = read_file(directory + "/cpu.max"); !max.empty())
            BOOST_TEST(max == "12345 100000\n");
    }
    BOOST_TEST(oci_run({"exec", id(), "true"}).status == 0);
    BOOST_TEST(oci_run({"delete", "--force", id()}).err == "");
}

// systemd writes what it knows whenever it is told something, and when it is reloaded.
SYSTEMD_TEST(machines, io_limits_and_device_rules_outlive_a_reload) {
    if (!is_cgroup_v2() || !fs::exists("/sys/block/vda") || !fs::exists("/sys/block/loop0"))
        return ocikit::test::skip("there is no cgroup v2, or no vda and loop0 in /sys/block");
    const std::string number = [] {
        const std::string text = read_file("/sys/block/vda/dev");
        return text.substr(0, text.find('\n'));
    }();
    const spec::ThrottleDevice disk{std::stoi(number), std::stoi(number.substr(number.find(':') + 1)),
                                    1 << 20};
    bundle.config.linux->cgroupsPath = "ocikittest.slice:p:" + id();
    auto& resources = bundle.config.linux->resources.emplace();
    resources.blockIO.emplace().throttleReadBpsDevice = {disk};
    resources.blockIO->weight = 300;
    resources.devices = {{true, "b", 7, 0, "r"}};
    bundle.set_script("mknod /tmp/loop b 7 0; sleep 1000");
    bundle.write();
    BOOST_REQUIRE_EQUAL(oci_run(with(run_words({"--detach"}))).err, "");
    const std::string directory = "/sys/fs/cgroup/ocikittest.slice/" + scope;
    const bool bfq = fs::exists(directory + "/io.bfq.weight");
    const auto weight = [&] { return read_file(directory + (bfq ? "/io.bfq.weight" : "/io.weight")); };
    const auto check = [&](const char* when) {
        BOOST_TEST_CONTEXT(when) {
            BOOST_TEST(eventually([&] { return fs::exists(bundle.rootfs("/tmp/loop")); }));
            BOOST_TEST(oci_run({"exec", id(), "sh", "-c", ": < /tmp/loop; : > /dev/null"}).err == "");
            BOOST_TEST(
                has(oci_run({"exec", id(), "sh", "-c", ": > /tmp/loop"}).err, "Operation not permitted"));
        }
    };
    const auto reload = [] { BOOST_TEST(Child({"systemctl", "daemon-reload"}).wait().status == 0); };
    check("at first");
    reload();
    check("after a reload");
    BOOST_TEST(has(read_file(directory + "/io.max"), number + " rbps=1048576 "));
    BOOST_TEST(weight() == (bfq ? "default 300\n" : "default 2930\n"));
    const std::string change = R"({"blockIO": {"weight": 500, "throttleWriteIOPSDevice": [{"major": )" +
                               std::to_string(disk.major) + R"(, "minor": )" + std::to_string(disk.minor) +
                               R"(, "rate": 77}]}})";
    bundle.directory().write("change", change);
    BOOST_TEST(oci_run({"update", "--resources", bundle.directory().path("change"), id()}).err == "");
    for (const bool reloaded : {false, true}) {
        if (reloaded)
            reload();
        BOOST_TEST(
            has(read_file(directory + "/io.max"), number + " rbps=1048576 wbps=max riops=max wiops=77"));
        BOOST_TEST(weight() == (bfq ? "default 500\n" : "default 4950\n"));
    }
    check("after an update");
    BOOST_TEST(oci_run({"delete", "--force", id()}).err == "");
}

SYSTEMD_TEST(machines, the_default_unit) {
    scope = "oci-run-" + id() + ".scope";
    bundle.set_script("cat /proc/self/cgroup; ls -d /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/tasks");
    const Outcome outcome = [&] {
        bundle.write();
        return oci_run(with(run_words()));
    }();
    BOOST_TEST(outcome.status == (is_cgroup_v2() ? 1 : 1));  // of one of the two patterns there is none
    BOOST_TEST(has(outcome.out, is_cgroup_v2() ? "0::/\n" : "name=systemd:/\n"), outcome.out);
}

SYSTEMD_TEST(machines, controllers_that_systemd_does_not_know) {
    if (!is_cgroup_v2() || !has(read_file("/sys/fs/cgroup/cgroup.controllers"), "hugetlb"))
        return ocikit::test::skip("there is no hugetlb controller of cgroup v2");
    bundle.config.linux->cgroupsPath = "system.slice:p:" + id();
    bundle.config.linux->resources.emplace().hugepageLimits = {{"2MB", 4 << 20}};
    bundle.set_script("cat /sys/fs/cgroup/hugetlb.2MB.max");
    bundle.write();
    const Outcome outcome = oci_run(with(run_words()));
    BOOST_TEST(outcome.out == "4194304\n");
    BOOST_TEST(outcome.err == "");
}

SYSTEMD_TEST(machines, what_the_container_leaves_in_its_scope_ends_with_it) {
    bundle.config.linux->cgroupsPath = ":p:" + id();
    std::erase_if(bundle.config.linux->namespaces,
                  [](const auto& one) { return one.type == spec::NamespaceType::pid; });
    bundle.set_script("(sleep 1000 >/dev/null 2>&1 &) ; exit 3");
    bundle.write();
    BOOST_TEST(oci_run(with(run_words())).status == 3);
}

SYSTEMD_TEST(machines, a_failure_leaves_no_unit) {
    bundle.config.linux->cgroupsPath = ":p:" + id();
    bundle.config.process->args = {"/no/such/program"};
    bundle.write();
    const Outcome outcome = oci_run(with(run_words()));
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, "/no/such/program"), outcome.err);
    bundle.set_script("true");
    bundle.config.linux->resources.emplace().unified = {{"nothing.max", "1"}};
    bundle.write();
    BOOST_TEST(oci_run(with(run_words())).status == 1);
    bundle.config.linux->resources.reset();
    bundle.config.annotations["org.systemd.property.NoSuchProperty"] = "1";
    bundle.write();
    const Outcome unknown = oci_run(with(run_words()));
    BOOST_TEST(unknown.status == 1);
    BOOST_TEST(has(unknown.err, "start the unit " + scope), unknown.err);
    BOOST_TEST(has(unknown.err, "NoSuchProperty"), unknown.err);
}

SYSTEMD_TEST(machines, a_unit_that_has_failed_is_replaced_and_one_that_runs_is_not) {
    bundle.config.linux->cgroupsPath = ":p:" + id();
    bundle.set_script("true");
    bundle.write();
    const std::string service = "p-" + id() + ".scope";
    const Child running({"systemd-run", "--scope", "--unit", service, "sleep", "1000"});
    BOOST_REQUIRE(eventually([&] { return property(service, "ActiveState") == "active"; }));
    const Outcome outcome = oci_run(with(run_words()));
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, "it exists already"), outcome.err);
    BOOST_TEST(property(service, "ActiveState") == "active");
    running.signal(SIGKILL);
    BOOST_REQUIRE(eventually([&] { return property(service, "ActiveState") != "active"; }));
    BOOST_TEST(oci_run(with(run_words())).err == "");
}

SYSTEMD_TEST(machines, a_slice_as_the_unit) {
    bundle.config.linux->cgroupsPath =
        "ocikittest.slice:p:ocikittest-" + std::to_string(::getpid()) + ".slice";
    scope = "ocikittest-" + std::to_string(::getpid()) + ".slice";
    bundle.config.linux->resources.emplace().pids.emplace().limit = 55;
    bundle.set_script("sleep 100");
    bundle.write();
    BOOST_REQUIRE_EQUAL(oci_run(with(create_words())).err, "");
    for (const auto& directory : cgroup_directories("ocikittest.slice/" + scope))
        BOOST_TEST(has(read_file(directory + "/cgroup.procs"), std::to_string(init_pid()) + "\n"), directory);
    BOOST_TEST(property(scope, "TasksMax") == "55");
    BOOST_TEST(oci_run({"delete", "--force", id()}).err == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(no_systemd)

CONTAINER_TEST(paths_and_options_that_do_not_fit) {
    bundle.set_script("true");
    bundle.write();
    const struct {
        std::vector<std::string> options;
        const char* path;
        const char* error;
    } rows[] = {
        {{"--systemd-cgroup"}, "/a/b", "expected cgroupsPath to be of format \"slice:prefix:name\""},
        {{"--cgroup-manager", "systemd"}, "a:b", "/linux/cgroupsPath"},
        {{"--systemd-cgroup", "--cgroup-manager", "disabled"}, "a.slice:b:c", "contradict each other"},
        {{"--cgroup-manager", "other"}, "a", "none of cgroupfs, systemd and disabled"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.error) {
            bundle.config.linux->cgroupsPath = row.path;
            bundle.write();
            auto words = run_words();
            words.insert(words.begin(), row.options.begin(), row.options.end());
            const Outcome outcome = oci_run(words);
            BOOST_TEST(outcome.status == 1);
            BOOST_TEST(has(outcome.err, row.error), outcome.err);
        }
    if (fs::exists("/run/systemd/system"))
        return;
    bundle.config.linux->cgroupsPath = ":p:" + id();
    bundle.write();
    auto words = run_words();
    words.insert(words.begin(), "--systemd-cgroup");
    BOOST_TEST(has(oci_run(words).err, "systemd doesn't run on this machine"));
}

BOOST_AUTO_TEST_SUITE_END()
