#include "limits.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/document.hpp>

namespace fs = std::filesystem;
namespace json = boost::json;

namespace ocikit::run::test {

namespace {

// Of each version: `CONTROLLER/FILE=TEXT` (v2: `FILE=TEXT`), several with `; ` between them; a
// second file, for where there is no first, behind a bar; ~ for a part of the file's text. Or
// `!REASON`, and the remedy behind a bar. "": nothing is written.
// DEVICE is a block device's number, WEIGHTED one's with a scheduler that has weights.
struct Row {
    int group;  // those of a group are one container's
    const char* pointer;
    const char* resources;
    const char* v1;
    const char* v2;
};

#define V1_ONLY "!cgroup v2 has nothing like it|remove the property"
#define V2_ONLY "!needs cgroup v2, and this machine has v1"

const Row rows[] = {
    {0, "memory/limit", R"({"memory": {"limit": 67108864}})", "memory/memory.limit_in_bytes=67108864",
     "memory.max=67108864"},
    {0, "memory/reservation", R"({"memory": {"reservation": 33554432}})",
     "memory/memory.soft_limit_in_bytes=33554432", "memory.low=33554432"},
    {0, "memory/swap", R"({"memory": {"swap": 100663296}})", "memory/memory.memsw.limit_in_bytes=100663296",
     "memory.swap.max=33554432"},
    {0, "memory/checkBeforeUpdate", R"({"memory": {"checkBeforeUpdate": true}})", "", ""},
    {0, "memory/useHierarchy", R"({"memory": {"useHierarchy": true}})", "memory/memory.use_hierarchy=1", ""},
    {0, "memory/kernelTCP", R"({"memory": {"kernelTCP": 16777216}})",
     "memory/memory.kmem.tcp.limit_in_bytes=16777216", V1_ONLY},
    {0, "memory/swappiness", R"({"memory": {"swappiness": 10}})", "memory/memory.swappiness=10", V1_ONLY},
    {0, "memory/disableOOMKiller", R"({"memory": {"disableOOMKiller": true}})",
     "memory/memory.oom_control~oom_kill_disable 1", V1_ONLY},
    {0, "cpu/shares", R"({"cpu": {"shares": 512}})", "cpu/cpu.shares=512", "cpu.weight=59"},
    {0, "cpu/quota", R"({"cpu": {"quota": 40000, "period": 80000}})",
     "cpu/cpu.cfs_quota_us=40000; cpu/cpu.cfs_period_us=80000", "cpu.max=40000 80000"},
    {0, "cpu/burst", R"({"cpu": {"burst": 20000}})", "cpu/cpu.cfs_burst_us=20000", "cpu.max.burst=20000"},
    {0, "cpu/cpus", R"({"cpu": {"cpus": "0"}})", "cpuset/cpuset.cpus=0",
     "cpuset.cpus=0; cpuset.cpus.effective=0"},
    {0, "cpu/mems", R"({"cpu": {"mems": "0"}})", "cpuset/cpuset.mems=0",
     "cpuset.mems=0; cpuset.mems.effective=0"},
    {0, "pids/limit", R"({"pids": {"limit": 33}})", "pids/pids.max=33", "pids.max=33"},
    {0, "blockIO/weight", R"({"blockIO": {"weight": 20}})", "blkio/blkio.weight=20|blkio/blkio.bfq.weight=20",
     "io.bfq.weight~default 20\n|io.weight~default 102\n"},
    {0, "blockIO/weightDevice/0/weight",
     R"({"blockIO": {"weightDevice": [{"major": MAJOR, "minor": MINOR, "weight": 30}]}})",
     "blkio/blkio.weight_device~WEIGHTED 30|blkio/blkio.bfq.weight_device~WEIGHTED 30",
     "io.bfq.weight~WEIGHTED 30|io.weight~WEIGHTED 203"},
    {0, "blockIO/throttleReadBpsDevice/0",
     R"({"blockIO": {"throttleReadBpsDevice": [{"major": MAJOR, "minor": MINOR, "rate": 1048576}]}})",
     "blkio/blkio.throttle.read_bps_device=DEVICE 1048576", "io.max~DEVICE rbps=1048576 "},
    {0, "blockIO/throttleWriteBpsDevice/0",
     R"({"blockIO": {"throttleWriteBpsDevice": [{"major": MAJOR, "minor": MINOR, "rate": 2097152}]}})",
     "blkio/blkio.throttle.write_bps_device=DEVICE 2097152", "io.max~ wbps=2097152 "},
    {0, "blockIO/throttleReadIOPSDevice/0",
     R"({"blockIO": {"throttleReadIOPSDevice": [{"major": MAJOR, "minor": MINOR, "rate": 300}]}})",
     "blkio/blkio.throttle.read_iops_device=DEVICE 300", "io.max~ riops=300 "},
    {0, "blockIO/throttleWriteIOPSDevice/0",
     R"({"blockIO": {"throttleWriteIOPSDevice": [{"major": MAJOR, "minor": MINOR, "rate": 400}]}})",
     "blkio/blkio.throttle.write_iops_device=DEVICE 400", "io.max~ wiops=400\n"},
    {0, "hugepageLimits/0", R"({"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]})",
     "hugetlb/hugetlb.2MB.rsvd.limit_in_bytes=4194304; hugetlb/hugetlb.2MB.limit_in_bytes=4194304",
     "hugetlb.2MB.rsvd.max=4194304; hugetlb.2MB.max=4194304"},
    {0, "network/classID", R"({"network": {"classID": 1048577}})", "net_cls/net_cls.classid=1048577",
     V1_ONLY},
    {0, "network/priorities", R"({"network": {"priorities": [{"name": "lo", "priority": 3}]}})",
     "net_prio/net_prio.ifpriomap~lo 3", V1_ONLY},
    {0, "unified/memory.high", R"({"unified": {"memory.high": "50331648"}})", V2_ONLY,
     "memory.high=50331648"},
    {0, "unified/cgroup.max.depth", R"({"unified": {"cgroup.max.depth": "7"}})", V2_ONLY,
     "cgroup.max.depth=7"},

    // values at the ends of a range, and those that mean something else
    {1, "memory/swap", R"({"memory": {"limit": 67108864, "swap": 67108864}})",
     "memory/memory.memsw.limit_in_bytes=67108864", "memory.swap.max=0"},
    {1, "cpu/shares", R"({"cpu": {"shares": 128}})", "cpu/cpu.shares=128", "cpu.weight=21"},
    {1, "cpu/quota", R"({"cpu": {"quota": 20000}})",
     "cpu/cpu.cfs_quota_us=20000; cpu/cpu.cfs_period_us=100000", "cpu.max=20000 100000"},
    {1, "pids/limit", R"({"pids": {"limit": 0}})", "pids/pids.max=0", "pids.max=0"},
    {1, "blockIO/weight", R"({"blockIO": {"weight": 1000}})",
     "blkio/blkio.weight=1000|blkio/blkio.bfq.weight=1000",
     "io.bfq.weight~default 1000\n|io.weight~default 10000\n"},
    {2, "memory/swap", R"({"memory": {"limit": -1, "swap": -1, "reservation": -1}})",
     "memory/memory.limit_in_bytes=9223372036854771712; "
     "memory/memory.memsw.limit_in_bytes=9223372036854771712",
     "memory.max=max; memory.swap.max=max; memory.low=max"},
    {2, "cpu/shares", R"({"cpu": {"shares": 262144}})", "cpu/cpu.shares=262144", "cpu.weight=10000"},
    {2, "cpu/period", R"({"cpu": {"period": 50000}})", "cpu/cpu.cfs_period_us=50000", "cpu.max=max 50000"},
    {2, "pids/limit", R"({"pids": {"limit": -1}})", "pids/pids.max=max", "pids.max=max"},
    {3, "cpu/idle", R"({"cpu": {"idle": 1}})", "cpu/cpu.idle=1", "cpu.idle=1"},
    {3, "cpu/quota", R"({"cpu": {"quota": -1}})", "cpu/cpu.cfs_quota_us=-1", "cpu.max=max 100000"},
    {4, "cpu/realtimeRuntime", R"({"cpu": {"realtimeRuntime": 900, "realtimePeriod": 500000}})",
     "cpu/cpu.rt_runtime_us=900; cpu/cpu.rt_period_us=500000", V1_ONLY},

    // what is refused; by the catalogue of rules, before that, what no machine could apply
    {-1, "memory/kernel", R"({"memory": {"kernel": 67108864}})",
     "!set memory.kmem.limit_in_bytes: this kernel has no limit of kernel memory alone|"
     "remove the property: since Linux 5.16 memory.limit counts it, too",
     V1_ONLY},
    {-1, "memory/useHierarchy", R"({"memory": {"useHierarchy": false}})",
     "!/sys/fs/cgroup/memory/CGROUP/memory.use_hierarchy: write \"0\": invalid argument|"
     "since Linux 5.11 all cgroups are hierarchical: remove the property",
     "!cgroup v2 is always hierarchical"},
    {-1, "cpu/realtimePeriod", R"({"cpu": {"realtimePeriod": 500000}})", "cpu/cpu.rt_period_us=500000",
     V1_ONLY},
    {-1, "cpu/cpus", R"({"cpu": {"cpus": "4000"}})",
     "!/sys/fs/cgroup/cpuset/CGROUP/cpuset.cpus: write \"4000\": numerical result out of range|CPUs and "
     "memory nodes "
     "have to be there, and the parent cgroup's; /sys/fs/cgroup has them in cpuset.cpus and cpuset.mems",
     "!/sys/fs/cgroup/CGROUP/cpuset.cpus: write \"4000\": numerical result out of range|CPUs and memory "
     "nodes have to be there, and the parent cgroup's; /sys/fs/cgroup has them in cpuset.cpus and "
     "cpuset.mems"},
    {-1, "blockIO/leafWeight", R"({"blockIO": {"leafWeight": 20}})",
     "blkio/blkio.leaf_weight=20|blkio/blkio.bfq.leaf_weight=20", V1_ONLY},
    {-1, "blockIO/weightDevice/0/leafWeight",
     R"({"blockIO": {"weightDevice": [{"major": MAJOR, "minor": MINOR, "leafWeight": 30}]}})",
     "blkio/blkio.leaf_weight_device=DEVICE 30|blkio/blkio.bfq.leaf_weight_device=DEVICE 30", V1_ONLY},
    {-1, "blockIO/throttleReadBpsDevice/0",
     R"({"blockIO": {"throttleReadBpsDevice": [{"major": 4000, "minor": 1, "rate": 5}]}})",
     "!/sys/fs/cgroup/blkio/CGROUP/blkio.throttle.read_bps_device: write \"4000:1 5\": no such device|"
     "no block device has that number; lsblk shows those that there are",
     "!/sys/fs/cgroup/CGROUP/io.max: write \"4000:1 rbps=5\": no such device|"
     "no block device has that number; lsblk shows those that there are"},
    {-1, "hugepageLimits/0", R"({"hugepageLimits": [{"pageSize": "3MB", "limit": 3145728}]})",
     "hugetlb/hugetlb.3MB.limit_in_bytes=3145728", "hugetlb.3MB.max=3145728"},
    {-1, "rdma/mlx5_99", R"({"rdma": {"mlx5_99": {"hcaHandles": 3, "hcaObjects": 4}}})",
     "rdma/rdma.max~mlx5_99",
     "!/sys/fs/cgroup/CGROUP/rdma.max: write \"mlx5_99 hca_handle=3 hca_object=4\": no such device|"
     "ls /sys/class/infiniband shows the devices that there are"},
    {-1, "unified/nothing.max", R"({"unified": {"nothing.max": "1"}})", V2_ONLY, "nothing.max=1"},
    {-1, "unified/memory.no_such_file", R"({"unified": {"memory.no_such_file": "1"}})", V2_ONLY,
     "memory.no_such_file=1"},
};

std::vector<std::string> split(const std::string& text, const std::string& at) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(at, begin), text.size());
        if (end > begin)
            parts.push_back(text.substr(begin, end - begin));
        begin = end + at.size();
    }
    return parts;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

// A block device; one whose I/O scheduler has weights, if there is such a one.
struct BlockDevice {
    std::string number;  // "7:0"; "": none
    bool weighted = false;

    BlockDevice() {
        std::error_code error;
        for (const auto& entry : fs::directory_iterator("/sys/block", error)) {
            const bool bfq = has(read_file(entry.path() / "queue/scheduler"), "[bfq]");
            if (!number.empty() && !bfq)
                continue;
            number = split(read_file(entry.path() / "dev"), "\n").front();
            weighted = bfq;
        }
    }
    std::string in(std::string text) const {
        const auto colon = number.find(':');
        text = replaced(std::move(text), "MAJOR", number.substr(0, colon));
        text = replaced(std::move(text), "MINOR", number.substr(colon + 1));
        return replaced(replaced(std::move(text), "WEIGHTED", number), "DEVICE", number);
    }
};

void merge(json::value& target, const json::value& more) {
    if (!target.is_object() || !more.is_object()) {
        target = more;
        return;
    }
    for (const auto& [key, value] : more.as_object())
        merge(target.as_object()[key], value);
}

spec::Resources resources(const json::value& value) {
    const Document document = Document::parse(json::serialize(value), "resources");
    Diagnostics diagnostics;
    auto decoded = decode_resources(document, diagnostics);
    BOOST_REQUIRE_MESSAGE(decoded, json::serialize(value));
    return std::move(*decoded);
}

// A file of a cgroup, and what it is to hold.
struct Expected {
    std::string controller;  // of v1
    std::string file, text;
    bool part = false;

    explicit Expected(const std::string& words) {
        const auto end = words.find_first_of("=~");
        part = words[end] == '~';
        file = words.substr(0, end);
        text = words.substr(end + 1);
        if (const auto slash = file.find('/'); slash != std::string::npos) {
            controller = file.substr(0, slash);
            file.erase(0, slash + 1);
        }
    }
    bool is_met(const std::string& found) const { return part ? has(found, text) : found == text + "\n"; }
};

// Checks the rows with the containers of a test.
class Check {
  public:
    explicit Check(LimitsTest& test) : test_(test) {}
    void all(bool refusals) {
        Containers plain;
        plain.bundle.config = test_.bundle.config;
        plain.bundle.config.linux->cgroupsPath.reset();
        plain.bundle.set_script("sleep 1000");
        plain.bundle.write();
        BOOST_TEST_REQUIRE(plain.oci_run(plain.create_words()).status == 0);
        const pid_t pid = plain.init_pid();
        std::map<int, json::value> groups;
        std::map<int, std::vector<Expected>> files;
        for (const auto& row : rows) {
            BOOST_TEST_CONTEXT(row.resources) {
                std::string missing;
                const bool refused = (is_cgroup_v2() ? row.v2 : row.v1)[0] == '!';
                const auto found = refused ? std::vector<Expected>{} : expected(row, pid, missing);
                if (refused || !missing.empty()) {
                    if (refusals)
                        check_refusal(row, missing);
                    continue;
                }
                if (has(row.v2, "WEIGHTED") && !device_.weighted && has(found.front().file, "bfq")) {
                    check_unweighted(row, found.front());
                    continue;
                }
                const int group = row.group < 0 ? 100 + static_cast<int>(&row - rows) : row.group;
                merge(groups[group], json::parse(device_.in(row.resources)));
                files[group].insert(files[group].end(), found.begin(), found.end());
            }
        }
        BOOST_TEST(plain.oci_run({"delete", "--force", plain.id()}).status == 0);
        for (const auto& [group, all] : groups)
            BOOST_TEST_CONTEXT(json::serialize(all))
        check_group(all, files.at(group));
    }

  private:
    // Of a process's own, on the host.
    static std::string cgroup_file(pid_t pid, const std::string& controller, const std::string& file) {
        for (const auto& line : split(read_file("/proc/" + std::to_string(pid) + "/cgroup"), "\n")) {
            const auto first = line.find(':'), second = line.find(':', first + 1);
            const std::string name = line.substr(first + 1, second - first - 1);
            const auto names = split(name, ",");
            const bool here = is_cgroup_v2()
                                  ? name.empty()
                                  : std::find(names.begin(), names.end(), controller) != names.end();
            if (here)
                return "/sys/fs/cgroup/" + (is_cgroup_v2() ? "" : name) + line.substr(second + 1) + "/" +
                       file;
        }
        return "";
    }

    std::vector<std::string> with_options(std::vector<std::string> words) const {
        words.insert(words.begin(), test_.options.begin(), test_.options.end());
        return words;
    }

    // Which of a row's files there are here: looked up in a container without limits. Those
    // that there are not are left out, and named.
    std::vector<Expected> expected(const Row& row, pid_t plain, std::string& missing) const {
        std::vector<Expected> found;
        for (const auto& one : split(is_cgroup_v2() ? row.v2 : row.v1, "; ")) {
            const auto alternatives = split(device_.in(one), "|");
            const auto there = std::find_if(alternatives.begin(), alternatives.end(), [&](const auto& words) {
                const Expected file(words);
                return fs::exists(cgroup_file(plain, file.controller, file.file));
            });
            if (there == alternatives.end()) {
                missing = alternatives.front();
                continue;
            }
            found.emplace_back(*there);
        }
        return found;
    }

    static constexpr const char* remove_it = "remove the property, or use a kernel that has it\n";

    // The lines of error output for a limit that can't be applied here.
    std::string refusal(const Row& row, const std::string& missing) const {
        const std::string words = is_cgroup_v2() ? row.v2 : row.v1;
        const std::string pointer = words == V2_ONLY ? "unified" : row.pointer;
        const std::string prefix =
            "oci-run: run " + test_.id() + ": config.json: /linux/resources/" + pointer + ": ";
        if (words.starts_with("!")) {
            const auto bar = words.find('|');
            const std::string text = prefix + words.substr(1, bar - 1) + "\n" +
                                     (bar == std::string::npos ? "" : "  " + words.substr(bar + 1) + "\n");
            return replaced(text, "CGROUP", "oci-run-" + test_.id());
        }
        const Expected file(missing);
        if (!is_cgroup_v2() && !fs::exists("/sys/fs/cgroup/" + file.controller + "/tasks"))
            return prefix + "set " + file.file + ": the cgroup v1 controller " + file.controller +
                   " isn't mounted on this machine\n  mount it on /sys/fs/cgroup/" + file.controller +
                   ", or remove the property\n";
        if (!is_cgroup_v2())
            return prefix + "set " + file.file + ": this machine's cgroups have no such file\n  " + remove_it;
        const std::string directory = "/sys/fs/cgroup/oci-run-" + test_.id();
        const std::string controller = file.file.substr(0, file.file.find('.'));
        if (!has(" " + replaced(read_file("/sys/fs/cgroup/cgroup.controllers"), "\n", " "),
                 " " + controller + " "))
            return prefix + "set " + file.file + ": the controller `" + controller +
                   "` is not available under " + directory + "\n  the kernel has none of that name";
        return prefix + "set " + file.file + ": " + directory + "/" + file.file +
               ": no such file or directory\n  " + remove_it;
    }

    void check_refusal(const Row& row, const std::string& missing) {
        test_.bundle.config.linux->resources = resources(json::parse(device_.in(row.resources)));
        test_.bundle.set_script("true");
        test_.bundle.write();
        const Outcome outcome = test_.oci_run(with_options(test_.run_words()));
        const std::string text = refusal(row, missing);
        BOOST_TEST(outcome.status == 1, row.resources);
        if (text.ends_with("\n"))
            BOOST_TEST(outcome.err == text);
        else
            BOOST_TEST(outcome.err.starts_with(text), outcome.err);
    }

    void check_unweighted(const Row& row, const Expected& file) {
        test_.bundle.config.linux->resources = resources(json::parse(device_.in(row.resources)));
        test_.bundle.write();
        const Outcome outcome = test_.oci_run(with_options(test_.run_words()));
        BOOST_TEST(outcome.status == 1);
        BOOST_TEST(has(outcome.err, "/linux/resources/" + std::string(row.pointer) + ": /sys/fs/cgroup/"),
                   outcome);
        BOOST_TEST(has(outcome.err, "/" + file.file + ": write \"" + file.text +
                                        "\": operation not supported\n  weights need the "
                                        "I/O scheduler BFQ: echo bfq >/sys/block/DEVICE/queue/scheduler\n"),
                   outcome);
    }

    // One container with all of these; none of its programs needs a further process.
    void check_group(const json::value& all, const std::vector<Expected>& files) {
        std::string script = "for f in";
        for (const auto& one : files)
            script += " /sys/fs/cgroup/" + (one.controller.empty() ? "" : one.controller + "/") + one.file;
        script += "; do echo \"== $f\"; while IFS= read -r l; do echo \"$l\"; done < $f; done";
        test_.bundle.config.linux->resources = resources(all);
        test_.bundle.set_script(script);
        test_.bundle.write();
        Child created(test_.command(with_options(test_.create_words())));
        const std::string error = created.wait().err;
        if (has(error, "the parent cgroup's real-time budget has to have as much left"))
            return;  // others on this machine have it
        BOOST_TEST_REQUIRE(error == "");
        test_.after_create();
        const pid_t pid = test_.init_pid();
        for (const auto& one : files) {
            const std::string text = read_file(cgroup_file(pid, one.controller, one.file));
            BOOST_TEST(one.is_met(text), one.file << " is \"" << text << "\", not \"" << one.text << "\"");
        }
        BOOST_TEST(test_.oci_run({"start", test_.id()}).status == 0);
        BOOST_TEST(eventually([&] { return test_.state() == "stopped"; }));
        const auto inside = split(created.out(), "== /sys/fs/cgroup/");
        BOOST_TEST_REQUIRE(inside.size() == files.size(), created.out() << created.err());
        for (std::size_t i = 0; i < files.size(); ++i) {
            const std::string text = inside[i].substr(inside[i].find('\n') + 1);
            BOOST_TEST(files[i].is_met(text), files[i].file << " is \"" << text << "\" inside");
        }
        BOOST_TEST(test_.oci_run({"delete", test_.id()}).status == 0);
    }

    LimitsTest& test_;
    BlockDevice device_;
};

}  // namespace

void LimitsTest::check_all(bool refusals) {
    Check(*this).all(refusals);
    check_nothing_is_left();
}

}  // namespace ocikit::run::test
