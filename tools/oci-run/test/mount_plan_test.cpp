// mounts of config.json → steps: what they become, and what contradicts what.
#include <sys/mount.h>

#include <boost/test/unit_test.hpp>

#include "plan/make_plan.hpp"
#include "sample_config.hpp"

using namespace ocikit::run;
using ocikit::run::test::sample_config;

namespace {

InitPlan plan(const std::string& patch) {
    std::vector<std::string> warnings;
    return make_plan(sample_config(patch), {.id = "x", .bundle = "/b"}, warnings);
}

MountStep mount(const std::string& members) {
    return plan(R"({"mounts": [{"destination": "/d", )" + members + "}]}").mounts.at(0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mount_plan_test)

BOOST_AUTO_TEST_CASE(mounts_of_filesystems) {
    const MountStep tmpfs = mount(R"("type": "tmpfs", "source": "s",
        "options": ["nosuid", "noexec", "exec", "noatime", "mode=755", "sync", "slave", "huge", "rro"])");
    BOOST_TEST((tmpfs.kind == MountStep::Kind::filesystem));
    BOOST_TEST(tmpfs.type == "tmpfs");
    BOOST_TEST(tmpfs.source == "s");
    // the later of two that contradict each other
    BOOST_TEST(tmpfs.attributes.set ==
               std::uint64_t{MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOATIME | MOUNT_ATTR_RDONLY});
    BOOST_TEST(tmpfs.attributes.propagation == std::uint64_t{MS_SLAVE});
    BOOST_TEST(tmpfs.recursive_attributes.empty());
    const std::vector<FsParameter> parameters{{"mode", "755"}, {"sync", ""}, {"huge", ""}};
    BOOST_TEST((tmpfs.parameters == parameters));
    BOOST_TEST(!tmpfs.refuse_links);

    BOOST_TEST(tmpfs.inherit_mode == false);
    BOOST_TEST(mount(R"("type": "tmpfs")").inherit_mode);

    BOOST_TEST(mount(R"("type": "mqueue")").source == "mqueue");
    BOOST_TEST(mount(R"("type": "proc")").refuse_links);
    BOOST_TEST(mount(R"("type": "sysfs")").refuse_links);
    BOOST_TEST((mount(R"("type": "cgroup")").kind == MountStep::Kind::cgroup));
    BOOST_TEST((mount(R"("type": "cgroup2")").kind == MountStep::Kind::cgroup));
}

BOOST_AUTO_TEST_CASE(options_that_contradict_each_other) {
    const struct {
        const char* options;
        std::uint64_t set;
        std::uint64_t clear;
    } cases[] = {
        {R"("ro", "rw")", 0, MOUNT_ATTR_RDONLY},
        {R"("rw", "ro")", MOUNT_ATTR_RDONLY, 0},
        {R"("noatime", "atime")", 0, MOUNT_ATTR__ATIME},
        {R"("strictatime", "atime")", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
        {R"("noatime", "nostrictatime")", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
        {R"("noatime", "norelatime")", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
        {R"("norelatime")", 0, 0},
        {R"("noatime", "relatime")", 0, MOUNT_ATTR__ATIME},
        {R"("relatime", "strictatime")", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
        {R"("nodiratime", "noatime")", MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    };
    for (const auto& [options, set, clear] : cases) {
        const MountStep step =
            mount(R"("source": "/s", "type": "bind", "options": [)" + std::string(options) + "]");
        BOOST_TEST(step.attributes.set == set, options);
        BOOST_TEST(step.attributes.clear == clear, options);
    }
}

BOOST_AUTO_TEST_CASE(options_of_the_whole_filesystem) {
    using Parameters = std::vector<FsParameter>;
    const struct {
        const char* options;
        Parameters parameters;
        std::uint64_t flags;
    } cases[] = {
        {R"("sync", "dirsync", "lazytime", "mand")",
         {{"sync", ""}, {"dirsync", ""}, {"lazytime", ""}, {"mand", ""}},
         0},
        {R"("sync", "async", "lazytime", "nolazytime", "mand", "nomand")", {}, 0},
        {R"("async", "sync")", {{"sync", ""}}, 0},
        {R"("iversion", "silent")", {}, MS_I_VERSION | MS_SILENT},
        {R"("iversion", "noiversion", "silent", "loud")", {}, 0},
        {R"("defaults", "noauto", "nofail", "_netdev", "x-y=z", "comment=c")", {}, 0},
        {R"("size=1,nr_inodes=2")", {{"size", "1"}, {"nr_inodes", "2"}}, 0},
        {R"("lowerdir=/a\\,b:/c,upperdir=/d")", {{"lowerdir", "/a\\,b:/c"}, {"upperdir", "/d"}}, 0},
        {R"("context=\"a:b:c0,c1\"")", {{"context", "a:b:c0,c1"}}, 0},
        {R"("ro")", {{"ro", ""}}, 0},
    };
    for (const auto& [options, parameters, flags] : cases) {
        const MountStep step = mount(R"("type": "ext4", "options": [)" + std::string(options) + "]");
        BOOST_TEST((step.parameters == parameters), options);
        BOOST_TEST(step.flags == flags, options);
    }
}

BOOST_AUTO_TEST_CASE(changes_of_mounts) {
    const auto change = [](const std::string& members) {
        return plan(R"({"mounts": [{"destination": "/d", "type": "tmpfs"}, {"destination": "/d", )" +
                    members + "}]}")
            .mounts.at(1);
    };
    BOOST_TEST((change(R"("options": ["remount", "bind", "ro"])").kind == MountStep::Kind::change));
    BOOST_TEST((change(R"("type": "tmpfs", "options": ["remount", "size=1"])").parameters.size() == 1));
    BOOST_TEST((change(R"("options": ["rshared"])").kind == MountStep::Kind::change));
}

BOOST_AUTO_TEST_CASE(mappings_of_mounts) {
    const char* const own = R"("uidMappings": [{"containerID": 0, "hostID": 5, "size": 1}],
                               "gidMappings": [{"containerID": 0, "hostID": 6, "size": 2}])";
    const MountStep step = mount(R"("source": "/s", "options": ["bind", "ridmap"], )" + std::string(own));
    BOOST_TEST_REQUIRE(step.mapping.has_value());
    BOOST_TEST(step.mapping->recursive);
    BOOST_TEST(step.mapping->uids.at(0).hostID == 5u);
    BOOST_TEST(step.mapping->gids.at(0).size == 2u);
    // what older versions of the specification had: without the option
    BOOST_TEST(!mount(R"("source": "/s", "options": ["bind"], )" + std::string(own)).mapping->recursive);
}

BOOST_AUTO_TEST_CASE(labels_of_mounts) {
    const auto mounts = plan(R"({"linux": {"mountLabel": "u:r:t:c1,c2"}, "mounts": [
        {"destination": "/proc", "type": "proc"}, {"destination": "/dev", "type": "tmpfs"},
        {"destination": "/dev/mqueue", "type": "mqueue"},
        {"destination": "/b", "type": "bind", "source": "/b"}]})")
                            .mounts;
    BOOST_TEST(mounts[0].parameters.empty());
    BOOST_TEST((mounts[1].parameters == std::vector<FsParameter>{{"context", "u:r:t:c1,c2"}}));
    BOOST_TEST(mounts[2].file_label == "u:r:t:c1,c2");
    BOOST_TEST(mounts[3].parameters.empty());
}

BOOST_AUTO_TEST_CASE(relative_destinations_are_warned_of) {
    std::vector<std::string> warnings;
    const auto config = sample_config(R"({"mounts": [{"destination": "d", "type": "tmpfs"}]})");
    make_plan(config, {.id = "x", .bundle = "/b"}, warnings);
    BOOST_TEST_REQUIRE(warnings.size() == 1);
    BOOST_TEST(warnings[0] ==
               "config.json: /mounts/0/destination: \"d\" is relative, which is deprecated; taken as /d");
}

BOOST_AUTO_TEST_CASE(bind_mounts) {
    const MountStep relative = mount(R"("source": "s", "options": ["bind", "ro", "rw"])");
    BOOST_TEST((relative.kind == MountStep::Kind::bind));
    BOOST_TEST(relative.source == "/b/s");
    BOOST_TEST(!relative.recursive_bind);
    BOOST_TEST(relative.attributes.set == 0u);
    BOOST_TEST(relative.attributes.clear == std::uint64_t{MOUNT_ATTR_RDONLY});
    const MountStep tree = mount(R"("source": "/s", "type": "none", "options": ["rbind", "rprivate"])");
    BOOST_TEST((tree.kind == MountStep::Kind::bind));
    BOOST_TEST(tree.source == "/s");
    BOOST_TEST(tree.recursive_bind);
    BOOST_TEST(tree.recursive_attributes.propagation == std::uint64_t{MS_PRIVATE});
    BOOST_TEST((mount(R"("type": "bind", "source": "/s")").kind == MountStep::Kind::bind));

    BOOST_TEST(plan("{}").make_devices);
    BOOST_TEST(!plan(R"({"mounts": [{"destination": "/dev", "source": "/dev", "options": ["rbind"]}]})")
                    .make_devices);
}

BOOST_AUTO_TEST_SUITE_END()
