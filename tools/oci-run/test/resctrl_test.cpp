// linux.intelRdt on a tree of directories that is made to look like resctrl: few machines
// have the hardware. Files come with a directory, as the kernel has it.
#include "resctrl.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

#include "plan/make_plan.hpp"
#include "sample_config.hpp"
#include "support/temp_dir.hpp"

using namespace ocikit::run;
using ocikit::Error;
using ocikit::run::test::sample_config;
using ocikit::test::TempDir;
namespace fs = std::filesystem;

namespace {

void write_file(const fs::path& path, const std::string& text) {
    std::ofstream(path) << text;
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

int make(const char* path) {
    if (::mkdir(path, 0755) < 0)
        return -1;
    write_file(fs::path(path) / "tasks", "");
    if (fs::path(path).parent_path().filename() != "mon_groups") {
        write_file(fs::path(path) / "schemata", "");
        fs::create_directory(fs::path(path) / "mon_groups");
    }
    return 0;
}

int make_none(const char*) {
    errno = ENOSPC;
    return -1;
}

int remove_tree(const char* path) {
    if (!fs::exists(path)) {
        errno = ENOENT;
        return -1;
    }
    fs::remove_all(path);
    return 0;
}

constexpr ResctrlDirectories directories{make, remove_tree};

struct Tree {
    TempDir directory;
    std::string root = directory.path();

    Tree() {
        fs::create_directory(root + "/info");
        fs::create_directory(root + "/mon_groups");
        write_file(root + "/tasks", "");
        write_file(root + "/schemata", "    L3:0=7ff;1=7ff\n    MB:0=100;1=100\n");
    }
};

RdtPlan plan(const std::string& members) {
    return plan_rdt(sample_config(R"({"linux": {"intelRdt": {)" + members + "}}}").linux->intelRdt.value());
}

std::string refusal(const Tree& tree, const RdtPlan& rdt, const ResctrlDirectories& calls = directories) {
    try {
        Resctrl(tree.root, rdt, "id", calls).apply(42);
        return "nothing is refused";
    } catch (const Error& error) {
        return std::string(error.what()) + (error.hint().empty() ? "" : "\n" + error.hint());
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resctrl_test)

BOOST_AUTO_TEST_CASE(the_mount_point) {
    const std::string others = "22 1 0:20 / /sys rw - sysfs sysfs rw\n30 22 0:30 / /x rw - ext4 resctrl rw\n";
    BOOST_TEST(resctrl_mount_point(others) == "");
    BOOST_TEST(resctrl_mount_point(others +
                                   "31 22 0:31 / /sys/fs/resctrl rw,nosuid shared:7 - resctrl resctrl "
                                   "rw\n") == "/sys/fs/resctrl");
    BOOST_TEST(resctrl_mount_point("31 22 0:31 / /a\\040b rw - resctrl none rw\n") == "/a b");
    BOOST_TEST(resctrl_mount_point("") == "");
}

BOOST_AUTO_TEST_CASE(a_group_of_its_own) {
    const Tree tree;
    RdtRecord record;
    const RdtPlan rdt = plan(R"("enableMonitoring": true)");
    {
        Resctrl resctrl(tree.root, rdt, "id", directories);
        record = resctrl.record();
        BOOST_TEST(!fs::exists(record.group));
        resctrl.apply(42);
        resctrl.keep();
    }
    BOOST_TEST(record.group == tree.root + "/id");
    BOOST_TEST(record.monitor == tree.root + "/id/mon_groups/id");
    BOOST_TEST(read_file(record.group + "/tasks") == "42");
    BOOST_TEST(read_file(record.monitor + "/tasks") == "42");
    BOOST_TEST(read_file(record.group + "/schemata") == "");  // no schema: not written
    join_resctrl(record, 43);
    BOOST_TEST(read_file(record.group + "/tasks") == "43");
    remove_resctrl(record, directories);
    BOOST_TEST(!fs::exists(record.group));
    remove_resctrl(record, directories);  // gone already
}

BOOST_AUTO_TEST_CASE(schemata_are_written_in_order) {
    const RdtPlan all = plan(R"("schemata": ["L2:0=1"], "memBwSchema": "MB:0=9", "l3CacheSchema": "L3:1=1")");
    BOOST_TEST_REQUIRE(all.lines.size() == 3);
    BOOST_TEST(all.lines[0].text == "L3:1=1");
    BOOST_TEST(all.lines[1].text == "MB:0=9");
    BOOST_TEST(all.lines[2].text == "L2:0=1");
    const Tree tree;
    for (const char* const line : {"L3:0=f", "L3:0=f;1=7f0", "L2:0=1"}) {
        const RdtPlan rdt = plan(R"("closID": "class", "schemata": [")" + std::string(line) + "\"]");
        Resctrl resctrl(tree.root, rdt, "id", directories);
        resctrl.apply(42);
        BOOST_TEST(read_file(tree.root + "/class/schemata") == std::string(line) + "\n");
        BOOST_TEST(read_file(tree.root + "/class/tasks") == "42");
    }
    BOOST_TEST(!fs::exists(tree.root + "/class"));  // not kept
}

BOOST_AUTO_TEST_CASE(a_group_that_is_there) {
    const Tree tree;
    make((tree.root + "/gold").c_str());
    const std::string schemata = "    L3:0=00f;1=7F0\n    MB:0= 20;1= 100\n";
    write_file(tree.root + "/gold/schemata", schemata);
    for (const char* const members :
         {R"("closID": "gold")", R"("closID": "gold", "l3CacheSchema": "L3:0=f;1=7f0")",
          R"("closID": "gold", "l3CacheSchema": "L3:1=07F0", "memBwSchema": "MB:1=100")",
          R"("closID": "gold", "schemata": ["MB:0=20"])"}) {
        const RdtPlan rdt = plan(members);
        Resctrl resctrl(tree.root, rdt, "id", directories);
        BOOST_TEST(!resctrl.record().own_group);
        resctrl.apply(42);
        resctrl.keep();
        BOOST_TEST(read_file(tree.root + "/gold/tasks") == "42", members);
        BOOST_TEST(read_file(tree.root + "/gold/schemata") == schemata, members);
        remove_resctrl(resctrl.record(), directories);
        BOOST_TEST(fs::exists(tree.root + "/gold"), members);
    }
    BOOST_TEST(refusal(tree, plan(R"("closID": "gold", "l3CacheSchema": "L3:0=1")")) ==
               "config.json: /linux/intelRdt/l3CacheSchema: \"L3:0=1\" is not what " + tree.root +
                   "/gold/schemata has");
    BOOST_TEST(refusal(tree, plan(R"("closID": "gold", "schemata": ["MB:0=20", "L2:0=1"])")) ==
               "config.json: /linux/intelRdt/schemata/1: \"L2:0=1\" is not what " + tree.root +
                   "/gold/schemata has");
}

BOOST_AUTO_TEST_CASE(the_default_group) {
    const Tree tree;
    const RdtPlan rdt = plan(R"("closID": "/", "enableMonitoring": true)");
    Resctrl resctrl(tree.root, rdt, "id", directories);
    resctrl.apply(42);
    BOOST_TEST(read_file(tree.root + "/tasks") == "42");
    BOOST_TEST(resctrl.record().monitor == tree.root + "/mon_groups/id");
    resctrl.keep();
    remove_resctrl(resctrl.record(), directories);
    BOOST_TEST(fs::exists(tree.root + "/tasks"));
    BOOST_TEST(!fs::exists(tree.root + "/mon_groups/id"));
}

BOOST_AUTO_TEST_CASE(schemata_of_a_container_that_runs) {
    const Tree tree;
    const RdtPlan rdt = plan(R"("l3CacheSchema": "L3:0=f")");
    Resctrl resctrl(tree.root, rdt, "id", directories);
    resctrl.apply(42);
    const std::string file = tree.root + "/id/schemata";
    const std::string before = change_schemata(
        resctrl.record(), plan(R"("l3CacheSchema": "L3:0=3", "memBwSchema": "MB:0=5")").lines);
    BOOST_TEST(before == "L3:0=f\n");
    BOOST_TEST(read_file(file) == "MB:0=5\n");  // the last line: resctrl would have taken both
    restore_schemata(resctrl.record(), before);
    BOOST_TEST(read_file(file) == "L3:0=f\n");
    BOOST_CHECK_EXCEPTION(
        change_schemata({}, plan(R"("l3CacheSchema": "L3:0=3")").lines), Error, [](const Error& error) {
            return std::string(error.what())
                .starts_with("config.json: /linux/intelRdt: the container was made without");
        });
}

BOOST_AUTO_TEST_CASE(what_fails_leaves_nothing) {
    const Tree tree;
    BOOST_TEST(refusal(tree, plan(R"("closID": "none")")) ==
               "config.json: /linux/intelRdt/closID: " + tree.root +
                   "/none doesn't exist, and there is no schema to make it with");
    BOOST_TEST(refusal(tree, plan(""), ResctrlDirectories{make_none, remove_tree}) ==
               "config.json: /linux/intelRdt: make " + tree.root +
                   "/id: no space left on device\nthe processor has no more classes of service");
    // what the kernel has to say about a schema; here the file for it is missing
    write_file(tree.root + "/info/last_cmd_status", "Unknown domain\n");
    const auto without_schemata = [](const char* path) {
        return make(path) < 0 || !fs::remove(fs::path(path) / "schemata") ? -1 : 0;
    };
    BOOST_TEST(refusal(tree, plan(R"("closID": "x", "schemata": ["L3:9=1"])"),
                       ResctrlDirectories{without_schemata, remove_tree}) ==
               "config.json: /linux/intelRdt/schemata/0: write \"L3:9=1\" to " + tree.root +
                   "/x/schemata: no such file or directory\nthe kernel says: Unknown domain");
    BOOST_TEST(!fs::exists(tree.root + "/x"));
    fs::create_directory(tree.root + "/id");
    BOOST_TEST(refusal(tree, plan("")) ==
               "config.json: /linux/intelRdt: make " + tree.root + "/id: file exists");
    BOOST_TEST(fs::exists(tree.root + "/id"));
}

BOOST_AUTO_TEST_SUITE_END()
