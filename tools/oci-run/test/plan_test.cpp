// config.json → plan: what is planned, and what is refused with which words.
#include <linux/sched.h>
#include <regex>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

#include "checked.hpp"
#include "plan/make_plan.hpp"
#include "sample_config.hpp"

using namespace ocikit::run;
using ocikit::Error;
using ocikit::run::test::sample_config;
using ocikit::run::test::sample_document;

namespace {

InitPlan plan(const std::string& patch) {
    std::vector<std::string> warnings;
    return make_plan(checked_config(sample_document(patch)), {.id = "x", .bundle = "/b"}, warnings);
}

// "config.json:1:23: /x: …": the text has one line.
std::string without_position(const std::string& text) {
    return std::regex_replace(text, std::regex("^config[.]json:1:[0-9]+: "), "config.json: ");
}

std::string refusal(const std::string& patch) {
    try {
        plan(patch);
    } catch (const Error& error) {
        return without_position(error.what());
    }
    return "nothing is refused";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plan_test)

BOOST_AUTO_TEST_CASE(what_is_of_another_platform_is_refused) {
    const struct {
        const char* patch;
        const char* message;
    } cases[] = {
        {R"({"solaris": {}})", "/solaris: is for containers of Solaris"},
        {R"({"windows": {}})", "/windows: is for containers of Windows"},
        {R"({"vm": {}})", "/vm: is for containers of virtual machines"},
        {R"({"zos": {}})", "/zos: is for containers of z/OS"},
        {R"({"freebsd": {}})", "/freebsd: is for containers of FreeBSD"},
        {R"({"process": {"commandLine": "a b"}})", "/process/commandLine: is for containers of Windows"},
        {R"({"process": {"user": {"username": "u"}}})",
         "/process/user/username: is for containers of Windows"},
    };
    for (const auto& [patch, message] : cases)
        BOOST_TEST(refusal(patch) == "config.json: " + std::string(message));
}

BOOST_AUTO_TEST_CASE(empty_values_ask_for_nothing) {
    for (
        const char* const patch : {
            R"({"process": {"apparmorProfile": "", "selinuxLabel": "", "commandLine": "", "user": {"username": ""}}})",
            R"({"hooks": {"prestart": [], "poststop": []}})",
            R"({"linux": {"mountLabel": "", "sysctl": {}, "resources": {"unified": {}, "devices": []}}})",
        })
        BOOST_CHECK_NO_THROW(plan(patch));
}

BOOST_AUTO_TEST_CASE(wrong_values_are_refused_with_their_pointer) {
    const struct {
        const char* patch;
        const char* message;
    } cases[] = {
        {R"({"ociVersion": "1"})", R"(/ociVersion: "1" is no version, expected one such as "1.3.0")"},
        {R"({"ociVersion": "2.0.0"})", "/ociVersion: version 2.0.0 is not one from 1.0.0 to 1.3.0"},
        {R"({"root": null})", "/root: missing: there is no root filesystem"},
        {R"({"process": {"args": []}})", "/process/args: there is no program to run: args needs an entry"},
        {R"({"process": {"cwd": "tmp"}})", R"(/process/cwd: "tmp" is not an absolute path)"},
        {R"({"process": {"user": {"umask": 512}}})", "/process/user/umask: 512 is above 511 (0777 in octal)"},
        {R"({"process": {"user": {"uid": 4294967295}}})",
         "/process/user/uid: 4294967295 is not an ID that a process can have"},
        {R"({"process": {"user": {"gid": 4294967295}}})",
         "/process/user/gid: 4294967295 is not an ID that a process can have"},
        {R"({"process": {"user": {"additionalGids": [1, 4294967295]}}})",
         "/process/user/additionalGids/1: 4294967295 is not an ID that a process can have"},
        {R"({"process": {"oomScoreAdj": -1001}})",
         "/process/oomScoreAdj: -1001 is not within -1000 and 1000"},
        {R"({"process": {"rlimits": [{"type": "RLIMIT_X", "soft": 1, "hard": 1}]}})",
         R"(/process/rlimits/0/type: there is no limit "RLIMIT_X")"},
        {R"({"process": {"rlimits": [{"type": "RLIMIT_CPU", "soft": 1, "hard": 1},
                                     {"type": "RLIMIT_CPU", "soft": 1, "hard": 1}]}})",
         "/process/rlimits/1/type: RLIMIT_CPU is there twice"},
        {R"({"process": {"rlimits": [{"type": "RLIMIT_CPU", "soft": 2, "hard": 1}]}})",
         "/process/rlimits/0/soft: 2 is above the hard limit 1"},
        {R"({"process": {"terminal": true, "consoleSize": {"height": 65536, "width": 1}}})",
         "/process/consoleSize/height: 65536 is above 65535"},
        {R"({"process": {"scheduler": {"policy": "SCHED_ISO"}}})",
         "/process/scheduler/policy: no kernel has SCHED_ISO: it is reserved"},
        {R"({"process": {"scheduler": {"policy": "SCHED_OTHER", "nice": 20}}})",
         "/process/scheduler/nice: 20 is not within -20 and 19"},
        {R"({"process": {"scheduler": {"policy": "SCHED_BATCH", "nice": -21}}})",
         "/process/scheduler/nice: -21 is not within -20 and 19"},
        {R"({"process": {"scheduler": {"policy": "SCHED_OTHER", "priority": 1}}})",
         "/process/scheduler/priority: SCHED_OTHER has no priorities but 0"},
        {R"({"process": {"scheduler": {"policy": "SCHED_FIFO"}}})",
         "/process/scheduler: SCHED_FIFO needs a priority from 1 to 99, found 0"},
        {R"({"process": {"scheduler": {"policy": "SCHED_RR", "priority": 100}}})",
         "/process/scheduler/priority: SCHED_RR needs a priority from 1 to 99, found 100"},
        {R"({"process": {"scheduler": {"policy": "SCHED_RR", "priority": 1, "period": 1}}})",
         "/process/scheduler/period: this is for SCHED_DEADLINE, not for SCHED_RR"},
        {R"({"process": {"scheduler": {"policy": "SCHED_DEADLINE"}}})",
         "/process/scheduler: sched_setattr: `SCHED_DEADLINE` requires `runtime`, in ns"},
        {R"({"process": {"scheduler": {"policy": "SCHED_DEADLINE", "runtime": 2000}}})",
         "/process/scheduler: sched_setattr: `SCHED_DEADLINE` requires `deadline`, in ns"},
        {R"({"process": {"scheduler": {"policy": "SCHED_DEADLINE", "runtime": 9223372036854775808,
             "deadline": 9223372036854775809}}})",
         "/process/scheduler/runtime: sched_setattr: `SCHED_DEADLINE` runtime 9223372036854775808 must be "
         "between 1024 and 9223372036854775807 ns"},
        {R"({"process": {"scheduler": {"policy": "SCHED_DEADLINE", "runtime": 2000, "deadline": 1999}}})",
         "/process/scheduler/deadline: sched_setattr: `SCHED_DEADLINE` runtime 2000 must be <= deadline "
         "1999"},
        {R"({"process": {"scheduler": {"policy": "SCHED_DEADLINE", "runtime": 2000, "deadline": 2000,
                                       "period": 1999}}})",
         "/process/scheduler/period: sched_setattr: `SCHED_DEADLINE` deadline 2000 must be <= period 1999"},
        {R"({"process": {"ioPriority": {"class": "IOPRIO_CLASS_RT"}}})",
         R"(/process/ioPriority: the property "priority" is missing)"},
        {R"({"process": {"ioPriority": {"class": "IOPRIO_CLASS_RT", "priority": 8}}})",
         "/process/ioPriority/priority: 8 is not within 0 and 7"},
        {R"({"process": {"ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": -1}}})",
         "/process/ioPriority/priority: -1 is not within 0 and 7"},
        {R"({"process": {"execCPUAffinity": {"initial": "0,"}}})",
         R"(/process/execCPUAffinity/initial: "0," is no list of CPUs, expected one such as "0-3,7")"},
        {R"({"process": {"execCPUAffinity": {"final": "3-1"}}})",
         R"(/process/execCPUAffinity/final: "3-1" is no list of CPUs, expected one such as "0-3,7")"},
        {R"({"linux": {"memoryPolicy": {}}})", R"(/linux/memoryPolicy: the property "mode" is missing)"},
        {R"({"linux": {"memoryPolicy": {"mode": "MPOL_BIND"}}})",
         "/linux/memoryPolicy: MPOL_BIND needs a node at least"},
        {R"({"linux": {"memoryPolicy": {"mode": "MPOL_WEIGHTED_INTERLEAVE", "nodes": ""}}})",
         "/linux/memoryPolicy/nodes: MPOL_WEIGHTED_INTERLEAVE needs a node at least"},
        {R"({"linux": {"memoryPolicy": {"mode": "MPOL_LOCAL", "nodes": "0"}}})",
         "/linux/memoryPolicy/nodes: MPOL_LOCAL takes no nodes"},
        {R"({"linux": {"memoryPolicy": {"mode": "MPOL_BIND", "nodes": "32767"}}})",
         R"(/linux/memoryPolicy/nodes: "32767" has a number above 32766, no kernel has as many nodes)"},
        {R"({"linux": {"memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0 1"}}})",
         R"(/linux/memoryPolicy/nodes: "0 1" is no list of nodes, expected one such as "0-3,7")"},
        {R"({"linux": {"memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0",
                                        "flags": ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"]}}})",
         "/linux/memoryPolicy/flags: MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude each other"},
        {R"({"linux": {"memoryPolicy": {"mode": "MPOL_LOCAL", "flags": ["MPOL_F_STATIC_NODES"]}}})",
         "/linux/memoryPolicy/flags/0: MPOL_F_STATIC_NODES doesn't go with MPOL_LOCAL"},
        {R"({"linux": {"netDevices": {"eth0": {}}, "namespaces": [{"type": "mount"}]}})",
         R"(/linux/netDevices: this needs a namespace of type "network")"},
        {R"({"linux": {"netDevices": {"": {}}, "namespaces": [{"type": "mount"}, {"type": "network"}]}})",
         R"(/linux/netDevices/: "" is no name of a network device)"},
        {R"({"linux": {"netDevices": {"a/b": {}}, "namespaces": [{"type": "mount"}, {"type": "network"}]}})",
         R"(/linux/netDevices/a~1b: "a/b" is no name of a network device)"},
        {R"({"linux": {"netDevices": {"a23456789012345": {"name": "b234567890123456"}},
                       "namespaces": [{"type": "mount"}, {"type": "network"}]}})",
         R"(/linux/netDevices/a23456789012345/name: "b234567890123456" is no name of a network device)"},
        {R"({"linux": {"netDevices": {"a": {"name": ".."}},
                       "namespaces": [{"type": "mount"}, {"type": "network"}]}})",
         R"(/linux/netDevices/a/name: ".." is no name of a network device)"},
        {R"({"linux": {"netDevices": {"a": {"name": "e%d%d"}},
                       "namespaces": [{"type": "mount"}, {"type": "network"}]}})",
         R"(/linux/netDevices/a/name: "e%d%d" has a % that is not one %d)"},
        {R"({"linux": {"netDevices": {"a": {"name": "e%s"}},
                       "namespaces": [{"type": "mount"}, {"type": "network"}]}})",
         R"(/linux/netDevices/a/name: "e%s" has a % that is not one %d)"},
        {R"({"linux": {"netDevices": {"a": {"name": "c"}, "b": {"name": "c"}},
                       "namespaces": [{"type": "mount"}, {"type": "network"}]}})",
         R"(/linux/netDevices/b/name: "c" is the name of "a" already)"},
        {R"({"linux": {"netDevices": {"a": {"name": "lo"}},
                       "namespaces": [{"type": "mount"}, {"type": "network"}]}})",
         R"(/linux/netDevices/a/name: "lo" is the name of the loopback device already)"},
        {R"({"linux": {"intelRdt": {"closID": "../x"}}})",
         R"(/linux/intelRdt/closID: "../x" is no name of a directory in resctrl)"},
        {R"({"linux": {"intelRdt": {"closID": "info"}}})",
         R"(/linux/intelRdt/closID: "info" is a directory of resctrl's own)"},
        {R"({"linux": {"intelRdt": {"memBwSchema": "0=20"}}})",
         R"(/linux/intelRdt/memBwSchema: "0=20" does not begin with "MB:")"},
        {R"({"linux": {"intelRdt": {"schemata": ["L3:0=f", "MB:0=20\n"]}}})",
         "/linux/intelRdt/schemata/1: a schema is one line, without a newline"},
        {R"({"linux": {"personality": {}}})", R"(/linux/personality: the property "domain" is missing)"},
        {R"({"linux": {"personality": {"domain": "LINUX", "flags": ["ADDR_NO_RANDOMIZE"]}}})",
         "/linux/personality/flags/0: the specification has no flags yet"},
        {R"({"linux": {"sysctl": {"vm.swappiness": "1"}}})",
         R"(/linux/sysctl/vm.swappiness: "vm.swappiness" belongs to no namespace: it would be changed on the host)"},
        {R"({"linux": {"sysctl": {"net/../vm/swappiness": "1"}}})",
         R"(/linux/sysctl/net~1..~1vm~1swappiness: "net/../vm/swappiness" belongs to no namespace: it would be changed on the host)"},
        {R"({"linux": {"sysctl": {"net.core.somaxconn": "1"}, "namespaces": [{"type": "mount"}]}})",
         R"(/linux/sysctl/net.core.somaxconn: "net.core.somaxconn" needs a namespace of type "network")"},
        {R"({"hostname": "h", "linux": {"sysctl": {"kernel.hostname": "x"}}})",
         "/linux/sysctl/kernel.hostname: use the property hostname for this"},
        {R"({"mounts": [{"destination": "", "type": "tmpfs"}]})",
         "/mounts/0/destination: the destination is empty"},
        {R"({"mounts": [{"destination": "/d", "type": "tmpfs"}, {"destination": "/d"}]})",
         "/mounts/1: a mount needs a type, or the option bind or rbind"},
        {R"({"mounts": [{"destination": "/d", "type": "bind"}]})", "/mounts/0: a bind mount needs a source"},
        {R"({"mounts": [{"destination": "/d", "source": "/s", "options": ["ro", "bind", "quick"]}]})",
         R"(/mounts/0/options/2: "quick" is no option of a bind mount, and there is no filesystem made that it could be for)"},
        {R"({"mounts": [{"destination": "/d", "source": "/s", "options": ["bind", "sync"]}]})",
         R"(/mounts/0/options/1: "sync" is of the filesystem as a whole and can't be set by a bind mount)"},
        {R"({"mounts": [{"destination": "/d", "type": "tmpfs", "options": ["idmap"]}]})",
         "/mounts/0/options/0: there are no mappings: neither the mount nor a user namespace has any"},
        {R"({"mounts": [{"destination": "/d", "source": "/s", "options": ["bind", "tmpcopyup"]}]})",
         R"(/mounts/0/options/1: "tmpcopyup" is for a mount of type tmpfs)"},
        {R"({"mounts": [{"destination": "/d", "type": "tmpfs", "options": ["copy-symlink"]}]})",
         R"(/mounts/0/options/0: "copy-symlink" is for a bind mount)"},
        {R"({"mounts": [{"destination": "/d", "source": "/s", "options": ["bind", "idmap=uids=0-1;gids=0-1-1"]}]})",
         R"(/mounts/0/options/1: "0-1" is no mapping)"},
        {R"({"mounts": [{"destination": "/d", "source": "/s", "options": ["bind", "idmap=uids=0-1-1"]}]})",
         "/mounts/0/options/1: gids is missing"},
        {R"({"mounts": [{"destination": "/d", "source": "/s", "options": ["bind", "idmap=users=0-1-1"]}]})",
         "/mounts/0/options/1: \"users=0-1-1\" is neither uids=\u2026 nor gids=\u2026"},
        {R"({"mounts": [{"destination": "/d", "source": "/s", "options": ["bind", "idmap=uids=@0-1-1;gids=0-1-1"]}]})",
         "/mounts/0/options/1: the IDs from 1 to 1 are in no range of the container's user namespace, which "
         "@ is "
         "for"},
        {R"({"mounts": [{"destination": "/d", "type": "tmpfs",
                         "uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]}]})",
         "/mounts/0: uidMappings need gidMappings too"},
        {R"({"mounts": [{"destination": "/d", "type": "cgroup", "options": ["idmap"]}]})",
         "/mounts/0/options/0: there are no mappings: neither the mount nor a user namespace has any"},
        {R"({"mounts": [{"destination": "/d", "type": "tmpfs"},
                        {"destination": "/d", "options": ["remount", "iversion"]}]})",
         R"(/mounts/1/options/1: "iversion" can't be changed once a filesystem is mounted)"},
        {R"({"mounts": [{"destination": "/d", "source": "/s", "options": ["bind"]},
                        {"destination": "/d/", "options": ["remount", "size=4k"]}]})",
         R"(/mounts/1/options: "size" would change the filesystem for everybody else)"},
        {R"({"mounts": [{"destination": "/proc/self/attr", "type": "tmpfs"}]})",
         R"(/mounts/0/destination: "/proc/self/attr" is inside /proc, where a mount could deceive runtimes )"
         "and programs"},
        {R"({"mounts": [{"destination": "//x/..//proc/./sys/", "source": "/s", "options": ["bind"]}]})",
         R"(/mounts/0/destination: "//x/..//proc/./sys/" is inside /proc, where a mount could deceive )"
         "runtimes and programs"},
        {R"({"mounts": [{"destination": "/p", "type": "proc"},
                        {"destination": "/p/1", "type": "tmpfs"}]})",
         R"(/mounts/1/destination: "/p/1" is inside /p, where a mount could deceive runtimes and programs)"},
        {R"({"mounts": [{"destination": "proc", "type": "tmpfs"}]})",
         R"(/mounts/0/destination: "proc" is only for a mount of type proc)"},
        {R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "mount"}]}})",
         R"(/linux/namespaces/1: the namespace type "mount" is there twice)"},
        {R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "ipc", "path": "ns"}]}})",
         R"(/linux/namespaces/1/path: "ns" is not an absolute path)"},
        {R"({"linux": {"namespaces": [{"type": "user"}]}})",
         "/linux/uidMappings: missing: without them the new user namespace has no IDs"},
        {R"({"linux": {"uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]}})",
         R"(/linux/uidMappings: mappings need a namespace of type "user")"},
        {R"({"linux": {"gidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]}})",
         R"(/linux/gidMappings: mappings need a namespace of type "user")"},
        {R"({"linux": {"timeOffsets": {"boottime": {"secs": 1}}}})",
         R"(/linux/timeOffsets: this needs a namespace of type "time")"},
        {R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "time", "path": "/proc/1/ns/time"}],
                       "timeOffsets": {"boottime": {"secs": 1}}}})",
         "/linux/timeOffsets: the time namespace is joined by path: its clocks have their offsets already"},
        {R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "time"}],
                       "timeOffsets": {"realtime": {"secs": 1}}}})",
         R"(/linux/timeOffsets/realtime: "realtime" is no clock of a time namespace, expected "monotonic" or "boottime")"},
        {R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "time"}],
                       "timeOffsets": {"boottime": {"nanosecs": 1000000000}}}})",
         "/linux/timeOffsets/boottime/nanosecs: 1000000000 is a second or more"},
        {R"({"linux": {"sysctl": {"user.max_user_namespaces": "1"}}})",
         R"(/linux/sysctl/user.max_user_namespaces: "user.max_user_namespaces" needs a namespace of type "user")"},
        {R"({"hostname": "h", "linux": {"namespaces": [{"type": "mount"}]}})",
         R"(/hostname: this needs a namespace of type "uts", or the host's name would be changed)"},
        {R"({"domainname": "h", "linux": {"namespaces": [{"type": "mount"}]}})",
         R"(/domainname: this needs a namespace of type "uts", or the host's name would be changed)"},
        {R"({"linux": {"maskedPaths": ["/a", "b"]}})",
         R"(/linux/maskedPaths/1: "b" is not an absolute path)"},
        {R"({"linux": {"readonlyPaths": ["b"]}})", R"(/linux/readonlyPaths/0: "b" is not an absolute path)"},
        {R"({"linux": {"maskedPaths": ["/.."]}})",
         R"(/linux/maskedPaths/0: "/.." is the container's root directory itself)"},
        {R"({"linux": {"readonlyPaths": ["//."]}})",
         R"(/linux/readonlyPaths/0: "//." is the container's root directory itself)"},
        {R"({"mounts": [{"destination": "/", "type": "proc"}]})",
         R"(/mounts/0/destination: "/" is the container's root directory itself)"},
        {R"({"mounts": [{"destination": "a/../..", "type": "cgroup"}]})",
         R"(/mounts/0/destination: "a/../.." is the container's root directory itself)"},
        {R"({"linux": {"devices": [{"type": "x", "path": "/dev/x"}]}})",
         R"(/linux/devices/0/type: "x" is not one of c, b, u and p (and 2 more))"},
        {R"({"linux": {"devices": [{"type": "c", "path": "/dev/x", "minor": 1}]}})",
         R"(/linux/devices/0: the property "major" is missing)"},
        {R"({"linux": {"devices": [{"type": "c", "path": "/dev/x", "major": 1, "minor": -1}]}})",
         "/linux/devices/0/minor: -1 is no number of a device"},
        {R"({"linux": {"devices": [{"type": "p", "path": "/"}]}})",
         R"(/linux/devices/0/path: "/" is not the path of a file)"},
        {R"({"linux": {"devices": [{"type": "p", "path": "/dev/.."}]}})",
         R"(/linux/devices/0/path: "/dev/.." is not the path of a file)"},
        {R"({"linux": {"devices": [{"type": "p", "path": "dev/x"}]}})",
         R"(/linux/devices/0/path: "dev/x" is not an absolute path)"},
        {R"({"linux": {"devices": [{"type": "p", "path": "/dev/x"}, {"type": "p", "path": "/dev/x"}]}})",
         R"(/linux/devices/1/path: there is another device at "/dev/x")"},
    };
    for (const auto& [patch, message] : cases)
        BOOST_TEST(refusal(patch) == "config.json: " + std::string(message));
}

// A new user namespace with these members of /linux besides.
std::string refused_mapping(const std::string& members) {
    return refusal(R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "user"}], )" + members + "}}");
}

BOOST_AUTO_TEST_CASE(mappings_are_checked) {
    const std::string one = R"([{"containerID": 0, "hostID": 1000, "size": 10}])";
    const std::string gids = R"("gidMappings": )" + one + R"(, "uidMappings": )";
    const struct {
        std::string members;
        const char* message;
    } cases[] = {
        {R"("uidMappings": )" + one, "gidMappings: missing: without them the new user namespace has no IDs"},
        {R"("gidMappings": )" + one, "uidMappings: missing: without them the new user namespace has no IDs"},
        {gids + R"([{"containerID": 0, "hostID": 0, "size": 0}])",
         "uidMappings/0/size: the mapping is of no IDs (and 1 more)"},
        {gids + R"([{"containerID": 0, "hostID": 1, "size": 4294967295}])",
         "uidMappings/0/size: the mapping goes beyond the greatest ID, 4294967294"},
        {gids +
             R"([{"containerID": 0, "hostID": 5, "size": 5}, {"containerID": 4, "hostID": 90, "size": 1}])",
         "uidMappings/1: the mapping has IDs of the container that another has too"},
        {gids + R"([{"containerID": 0, "hostID": 5, "size": 5}, {"containerID": 9, "hostID": 1, "size": 5}])",
         "uidMappings/1: the mapping has IDs of the host that another has too"},
    };
    for (const auto& [members, message] : cases)
        BOOST_TEST(refused_mapping(members) == "config.json: /linux/" + std::string(message));
    std::string many = "[";
    for (int i = 0; i < 341; ++i)
        many += (i == 0 ? "" : ",") + std::string(R"({"size": 1, "containerID": )") + std::to_string(i) +
                R"(, "hostID": )" + std::to_string(i) + "}";
    BOOST_TEST(refused_mapping(gids + many + "]") ==
               "config.json: /linux/uidMappings: there are 341 mappings, the kernel takes 340");
    const std::string both = gids + one;
    BOOST_TEST(refused_mapping(both) == "nothing is refused");
    const auto with = [&](const std::string& rest) {
        return refusal(R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "user"}], )" + both + "}, " +
                       rest + "}");
    };
    BOOST_TEST(
        with(R"("process": {"user": {"uid": 10}})") ==
        "config.json: /process/user/uid: the ID 10 is not mapped in the user namespace of the container");
    BOOST_TEST(
        with(R"("process": {"user": {"gid": 10}})") ==
        "config.json: /process/user/gid: the ID 10 is not mapped in the user namespace of the container");
    BOOST_TEST(with(R"("process": {"user": {"additionalGids": [9, 10]}})") ==
               "config.json: /process/user/additionalGids/1: the ID 10 is not mapped in the user namespace "
               "of the container");
    BOOST_TEST(with(R"("mounts": [{"destination": "/p", "type": "devpts", "options": ["gid=10"]}])") ==
               "config.json: /mounts/0/options: gid=10: 10 is not mapped by /linux/gidMappings");
    BOOST_TEST(with(R"("mounts": [{"destination": "/p", "type": "tmpfs", "options": ["uid=9"]}])") ==
               "nothing is refused");
}

BOOST_AUTO_TEST_CASE(user_and_time_namespaces) {
    const InitPlan made = plan(R"({"linux": {
        "namespaces": [{"type": "mount"}, {"type": "user"}, {"type": "time"}],
        "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 2}],
        "gidMappings": [{"containerID": 0, "hostID": 2000, "size": 3}],
        "timeOffsets": {"monotonic": {"secs": -5, "nanosecs": 7}, "boottime": {}}}})");
    BOOST_TEST(made.new_namespaces == std::uint64_t{CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWTIME});
    BOOST_TEST(made.in_user_namespace);
    BOOST_TEST(made.process->in_user_namespace);
    BOOST_TEST(made.uid_mappings.at(0).hostID == 1000u);
    BOOST_TEST(made.gid_mappings.at(0).size == 3u);
    BOOST_TEST(made.clock_offsets == "boottime 0 0\nmonotonic -5 7\n");
    const InitPlan joined = plan(R"({"linux": {"namespaces": [
        {"type": "mount"}, {"type": "user", "path": "/proc/1/ns/user"}]}})");
    BOOST_TEST(joined.new_namespaces == std::uint64_t{CLONE_NEWNS});
    BOOST_TEST(joined.in_user_namespace);
    BOOST_TEST(!plan("{}").in_user_namespace);
}

BOOST_AUTO_TEST_CASE(root_and_names) {
    const InitPlan relative = plan(R"({"hostname": "h", "domainname": "d"})");
    BOOST_TEST(relative.root == "/b/rootfs");
    BOOST_TEST(!relative.root_readonly);
    BOOST_TEST(relative.hostname.value() == "h");
    BOOST_TEST(relative.domainname.value() == "d");
    const InitPlan absolute = plan(R"({"root": {"path": "/r", "readonly": true}})");
    BOOST_TEST(absolute.root == "/r");
    BOOST_TEST(absolute.root_readonly);
    BOOST_TEST(!plan(R"({"process": null})").process.has_value());
    BOOST_TEST(plan(R"({"ociVersion": "1.0.2-dev"})").root == "/b/rootfs");
    const std::pair<const char*, std::uint64_t> propagations[] = {
        {"private", MS_PRIVATE},       {"rprivate", MS_PRIVATE | MS_REC},
        {"shared", MS_SHARED},         {"rshared", MS_SHARED | MS_REC},
        {"slave", MS_SLAVE},           {"rslave", MS_SLAVE | MS_REC},
        {"unbindable", MS_UNBINDABLE}, {"runbindable", MS_UNBINDABLE | MS_REC},
    };
    for (const auto& [text, flags] : propagations)
        BOOST_TEST(
            plan(R"({"linux": {"rootfsPropagation": ")" + std::string(text) + "\"}}").root_propagation ==
                flags,
            text);
}

BOOST_AUTO_TEST_CASE(namespaces) {
    const InitPlan made = plan(R"({"linux": {"namespaces": [
        {"type": "pid"}, {"type": "network"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"},
        {"type": "cgroup"}, {"type": "time", "path": ""}]}})");
    BOOST_TEST(made.new_namespaces == std::uint64_t{CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC |
                                                    CLONE_NEWUTS | CLONE_NEWTIME});
    BOOST_TEST(made.new_cgroup_namespace);
    BOOST_TEST(made.joined_namespaces.empty());

    const InitPlan joined = plan(R"({"hostname": "h", "linux": {"namespaces": [
        {"type": "mount"}, {"type": "uts", "path": "/run/netns/u"}]}})");
    BOOST_TEST(joined.new_namespaces == std::uint64_t{CLONE_NEWNS});
    BOOST_TEST(!joined.new_cgroup_namespace);
    BOOST_TEST_REQUIRE(joined.joined_namespaces.size() == 1);
    BOOST_TEST(joined.joined_namespaces[0].type == std::uint64_t{CLONE_NEWUTS});
    BOOST_TEST(joined.joined_namespaces[0].name == "uts");
    BOOST_TEST(joined.joined_namespaces[0].path == "/run/netns/u");
}

BOOST_AUTO_TEST_CASE(devices) {
    const auto nodes = plan(R"({"linux": {"devices": [
        {"type": "b", "path": "/dev/x", "major": 8, "minor": 1, "fileMode": 33200, "uid": 3, "gid": 4},
        {"type": "u", "path": "/dev/null", "major": 1, "minor": 5},
        {"type": "p", "path": "/dev/pipe"}]}})")
                           .devices;
    BOOST_TEST_REQUIRE(nodes.size() == 8);  // null is there already
    BOOST_TEST(nodes[0].path == "/dev/x");
    BOOST_TEST(nodes[0].type == mode_t{S_IFBLK});
    BOOST_TEST(nodes[0].major == 8u);
    BOOST_TEST(nodes[0].minor == 1u);
    BOOST_TEST(nodes[0].mode == mode_t{0660});  // of st_mode, the permissions
    BOOST_TEST(nodes[0].uid == 3u);
    BOOST_TEST(nodes[0].gid == 4u);
    BOOST_TEST(nodes[1].type == mode_t{S_IFCHR});
    BOOST_TEST(nodes[1].minor == 5u);
    BOOST_TEST(nodes[1].mode == mode_t{0666});
    BOOST_TEST(nodes[2].type == mode_t{S_IFIFO});
    std::string others;
    for (std::size_t i = 3; i < nodes.size(); ++i)
        others += nodes[i].path + " " + std::to_string(nodes[i].major) + ":" +
                  std::to_string(nodes[i].minor) + ", ";
    BOOST_TEST(others == "/dev/zero 1:5, /dev/full 1:7, /dev/random 1:8, /dev/urandom 1:9, /dev/tty 5:0, ");
}

BOOST_AUTO_TEST_CASE(process) {
    const ProcessPlan defaults = plan("{}").process.value();
    BOOST_TEST(defaults.uid == 0u);
    BOOST_TEST(!defaults.umask.has_value());
    BOOST_TEST(!defaults.capabilities.has_value());
    BOOST_TEST(!defaults.oom_score_adj.has_value());
    BOOST_TEST(!defaults.no_new_privileges);
    BOOST_TEST(!defaults.terminal);

    const ProcessPlan given = plan(R"({"process": {
        "args": ["a", ""], "env": ["X=1", "X=2"], "cwd": "/w", "terminal": true,
        "consoleSize": {"height": 25, "width": 80}, "noNewPrivileges": true, "oomScoreAdj": -5,
        "user": {"uid": 4294967294, "gid": 2, "additionalGids": [3, 3], "umask": 0},
        "capabilities": {"bounding": ["CAP_CHOWN", "CAP_KILL"], "ambient": ["CAP_CHECKPOINT_RESTORE"]},
        "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 1, "hard": 18446744073709551615}]}})")
                                  .process.value();
    BOOST_TEST((given.args == std::vector<std::string>{"a", ""}));
    BOOST_TEST((given.env == std::vector<std::string>{"X=1", "X=2"}));
    BOOST_TEST(given.cwd == "/w");
    BOOST_TEST(given.terminal);
    BOOST_TEST(given.rows == 25);
    BOOST_TEST(given.columns == 80);
    BOOST_TEST(given.no_new_privileges);
    BOOST_TEST(given.oom_score_adj.value() == -5);
    BOOST_TEST(given.uid == 4294967294u);
    BOOST_TEST(given.gid == 2u);
    BOOST_TEST((given.groups == std::vector<gid_t>{3, 3}));
    BOOST_TEST(given.umask.value() == 0u);
    BOOST_TEST(given.capabilities->bounding == 0x21u);
    BOOST_TEST(given.capabilities->ambient == std::uint64_t{1} << 40);
    BOOST_TEST(given.capabilities->effective == 0u);
    BOOST_TEST(given.limits.at(0).resource == static_cast<int>(RLIMIT_NOFILE));
    BOOST_TEST(given.limits.at(0).soft == 1u);
    BOOST_TEST(given.limits.at(0).hard == std::uint64_t{RLIM_INFINITY});
}

BOOST_AUTO_TEST_CASE(unknown_capabilities_are_warned_of) {
    std::vector<std::string> warnings;
    const auto config =
        sample_config(R"({"process": {"capabilities": {"effective": ["CAP_X", "CAP_KILL"]}}})");
    const InitPlan made = make_plan(config, {.id = "x", .bundle = "/b"}, warnings);
    BOOST_TEST(made.process->capabilities->effective == 0x20u);
    BOOST_TEST_REQUIRE(warnings.size() == 1);
    BOOST_TEST(warnings[0] ==
               "config.json: /process/capabilities/effective: unknown capability \"CAP_X\" is left out");
}

BOOST_AUTO_TEST_SUITE_END()
