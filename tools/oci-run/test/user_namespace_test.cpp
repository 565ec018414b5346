// User namespaces, new and joined, and what changes in one; time namespaces with offsets.
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <linux/nsfs.h>
#include <sched.h>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/unique_fd.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace spec = ocikit::spec;
namespace fs = std::filesystem;
using Type = spec::NamespaceType;

namespace {

constexpr uid_t first_uid = 100000;
constexpr gid_t first_gid = 200000;

void chown_tree(const std::string& path, uid_t uid, gid_t gid) {
    const auto give = [&](const std::string& file) {
        if (::lchown(file.c_str(), uid, gid) < 0)
            throw std::runtime_error("chown " + file);
    };
    give(path);
    for (const auto& entry : fs::recursive_directory_iterator(path))
        give(entry.path());
}

// The usual container in a user namespace of its own, with a root filesystem that is its own.
void use_user_namespace(Bundle& bundle, std::uint32_t size = 1000) {
    auto& linux = *bundle.config.linux;
    linux.namespaces.push_back({Type::user, {}});
    linux.uidMappings = {{0, first_uid, size}};
    linux.gidMappings = {{0, first_gid, size}};
    chown_tree(bundle.rootfs(), first_uid, first_gid);
}

spec::Namespace& namespace_of(Bundle& bundle, Type type) {
    for (auto& one : bundle.config.linux->namespaces)
        if (one.type == type)
            return one;
    return bundle.config.linux->namespaces.emplace_back(spec::Namespace{type, {}});
}

// A process in namespaces that a user namespace with the same ids owns.
class Holder {
  public:
    explicit Holder(int flags)
        : child_({"sleep", "1000"}, {.input = "/dev/null", .before_exec = [flags] {
                                         if (::unshare(flags) < 0)
                                             ::_exit(1);
                                     }}) {
        eventually([&] { return read_file(file("comm")) == "sleep\n"; });
        if (flags & CLONE_NEWUSER) {
            std::ofstream(file("uid_map")) << "0 " << first_uid << " 1000";
            std::ofstream(file("gid_map")) << "0 " << first_gid << " 1000";
        }
    }
    std::string file(const std::string& name) const {
        return "/proc/" + std::to_string(child_.pid()) + "/" + name;
    }
    std::string path(const std::string& name) const { return file("ns/" + name); }

  private:
    Child child_;
};

ino_t owner_of(const std::string& path) {
    const ocikit::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const ocikit::UniqueFd owner(::ioctl(fd.get(), NS_GET_USERNS));
    struct stat st {};
    return ::fstat(owner.get(), &st) == 0 ? st.st_ino : 0;
}

ino_t inode_of(const std::string& path) {
    struct stat st {};
    return ::stat(path.c_str(), &st) == 0 ? st.st_ino : 0;
}

double first_number(const std::string& text) {
    return std::stod(text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(user_namespaces)

CONTAINER_TEST(ids_are_the_namespaces) {
    use_user_namespace(bundle);
    const struct {
        std::vector<spec::IdMapping> mappings;  // of users and groups
        spec::User user;
        const char* ids;
        uid_t host;
    } cases[] = {
        {{{0, first_uid, 1000}}, {}, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t \n", first_uid},
        {{{0, first_uid, 1000}},
         {7, 8, {}, {9, 8}, {}},
         "Uid:\t7\t7\t7\t7\nGid:\t8\t8\t8\t8\nGroups:\t8 9 \n",
         first_uid + 7},
        {{{0, first_uid, 1}, {1000, 0, 1}},
         {1000, 1000, {}, {}, {}},
         "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t \n",
         0},
        {{{0, 0, 4294967295}}, {}, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t \n", 0},
        {{{4294967294, 5, 1}, {0, first_uid, 1}},
         {4294967294, 0, {}, {}, {}},
         "Uid:\t4294967294\t4294967294\t4294967294\t4294967294\nGid:\t0\t0\t0\t0\nGroups:\t \n",
         5},
    };
    for (const auto& one : cases) {
        bundle.config.linux->uidMappings = bundle.config.linux->gidMappings = one.mappings;
        bundle.config.process->user = one.user;
        const Outcome outcome = run_script("grep -e Uid: -e Gid: -e Groups: /proc/self/status");
        BOOST_TEST(outcome.out == one.ids, outcome);
        bundle.set_script("exec sleep 1000");
        bundle.write();
        BOOST_TEST(oci_run(create_words()).status == 0);
        BOOST_TEST(oci_run({"start", id()}).status == 0);
        const std::string process = "/proc/" + std::to_string(init_pid());
        BOOST_TEST(eventually([&] { return read_file(process + "/comm") == "sleep\n"; }));
        BOOST_TEST(has(read_file(process + "/status"), "Uid:\t" + std::to_string(one.host) + "\t"));
        BOOST_TEST(has(read_file(process + "/cgroup"), id()));
        BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
    }
}

// A process whose ids are not mapped could make no file: where 0 isn't, the program's are.
CONTAINER_TEST(without_mappings_root_is_the_caller) {
    bundle.config.linux->namespaces.push_back({spec::NamespaceType::user, std::nullopt});
    const Outcome outcome = run_script("cat /proc/self/uid_map /proc/self/gid_map");
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(outcome.out == "         0          0          1\n         0          0          1\n",
               outcome);
    BOOST_TEST(has(outcome.err, "warning: config.json: /linux/uidMappings: missing"), outcome);
}

CONTAINER_TEST(root_needs_no_mapping) {
    use_user_namespace(bundle);
    chown_tree(bundle.rootfs(), 777, 777);
    bundle.config.linux->uidMappings = bundle.config.linux->gidMappings = {{1000, 777, 1}};
    bundle.config.process->user = spec::User{1000, 1000, {}, {}, {}};
    const Outcome outcome = run_script("id; touch /tmp/file; stat -c %u:%g /tmp/file");
    BOOST_TEST(outcome.out == "uid=1000 gid=1000\n1000:1000\n", outcome);
    BOOST_TEST(inode_of(bundle.rootfs("/tmp/file")) != 0u);
}

CONTAINER_TEST(new_namespaces_belong_to_it) {
    use_user_namespace(bundle);
    bundle.config.linux->namespaces.push_back({Type::time, {}});
    bundle.set_script("exec sleep 1000");
    bundle.write();
    BOOST_TEST(oci_run(create_words()).status == 0);
    const std::string namespaces = "/proc/" + std::to_string(init_pid()) + "/ns/";
    for (const char* const name : {"pid", "net", "mnt", "ipc", "uts", "cgroup", "time"})
        BOOST_TEST(owner_of(namespaces + name) == inode_of(namespaces + "user"), name);
    BOOST_TEST(owner_of(namespaces + "user") == inode_of("/proc/self/ns/user"));
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
}

CONTAINER_TEST(its_root_has_its_capabilities_only) {
    use_user_namespace(bundle);
    const Outcome outcome = run_script(
        "grep -e CapEff: /proc/self/status; hostname; chown 5:6 /tmp && stat -c %u:%g /tmp; touch "
        "/proc/sys/kernel/x;"
        "mknod /dev/one c 1 3");
    BOOST_TEST(outcome.out == "CapEff:\t00000000080000e1\ninside\n5:6\n", outcome);
    BOOST_TEST(has(outcome.err, "mknod: /dev/one: Operation not permitted"), outcome);
    struct stat st {};
    BOOST_TEST(::stat(bundle.rootfs("/tmp").c_str(), &st) == 0);
    BOOST_TEST(st.st_uid == first_uid + 5);
    BOOST_TEST(st.st_gid == first_gid + 6);
}

CONTAINER_TEST(devices_are_the_hosts) {
    use_user_namespace(bundle);
    // as unpacked by who can't make nodes
    std::erase_if(bundle.config.mounts, [](const spec::Mount& mount) { return mount.destination == "/dev"; });
    for (const char* const directory : {"/dev/pts", "/dev/shm", "/dev/mqueue"})
        fs::create_directories(bundle.rootfs(directory));
    bundle.directory().write("rootfs/dev/null", "");
    chown_tree(bundle.rootfs("/dev"), first_uid, first_gid);
    bundle.config.linux->devices = {{"p", "/dev/pipe", {}, {}, 0600, 3, 4}};
    const Outcome outcome = run_script(
        "cd /dev; stat -c '%n %F %t:%T' null zero full random urandom tty; stat -c '%n %F %a %u:%g' pipe;"
        "echo x > null; head -c 2 zero | od -An -tx1; readlink fd; readlink ptmx");
    BOOST_TEST(outcome.out ==
                   "null character special file 1:3\nzero character special file 1:5\n"
                   "full character special file 1:7\nrandom character special file 1:8\n"
                   "urandom character special file 1:9\ntty character special file 5:0\n"
                   "pipe fifo 600 3:4\n 00 00\n/proc/self/fd\npts/ptmx\n",
               outcome);
    // an owner that isn't mapped can't be given one
    bundle.config.linux->devices = {{"c", "/dev/nothing-like-it", 10, 229, {}, 5000, {}}};
    const Outcome refused = run();
    BOOST_TEST(has(refused.err, "/dev/nothing-like-it: make the device node: operation not permitted"),
               refused);
    BOOST_TEST(has(refused.err, "the host has no such device at this path which could be bound"), refused);
}

CONTAINER_TEST(devices_of_the_configuration_are_made_for_it) {
    if (!has_capability(27))  // CAP_MKNOD
        return ocikit::test::skip("this process may not make device nodes");
    use_user_namespace(bundle);
    bundle.config.linux->devices = {{"c", "/dev/ours", 1, 5, 0640, 5, 6},
                                    {"b", "/dev/deep/disk", 7, 3, 0604, {}, {}},
                                    {"c", "/dev/null", 1, 3, 0600, 0, 7}};
    bundle.config.process->user = spec::User{5, 9, {}, {}, {}};
    const Outcome outcome = run_script(
        "cd /dev; stat -c '%n %F %t:%T %a %u:%g' ours deep/disk null; head -c 2 ours | od -An -tx1;"
        "head -c 1 null; grep -o ' /dev/ours rw,nosuid,noexec' /proc/self/mountinfo");
    BOOST_TEST(outcome.out ==
                   "ours character special file 1:5 640 5:6\ndeep/disk block special file 7:3 604 0:0\n"
                   "null character special file 1:3 600 0:7\n 00 00\n /dev/ours rw,nosuid,noexec\n",
               outcome);
    BOOST_TEST(has(outcome.err, "null: Permission denied"), outcome);
}

// What root of the host can reach it gives, whoever it belongs to.
CONTAINER_TEST(sources_are_looked_up_with_the_hosts_rights) {
    use_user_namespace(bundle);
    const TempDir closed;
    closed.write("data/file", "in");
    fs::permissions(closed.path(), fs::perms::owner_all);
    BOOST_TEST(::chown(closed.path().c_str(), 4242, 4242) == 0);
    BOOST_TEST(::chown(bundle.path().c_str(), 4243, 4243) == 0);
    fs::create_symlink(closed.path("data"), closed.path("link"));
    bundle.add_mount("/data", "bind", closed.path("link"), {"rbind", "ro"});
    const Outcome outcome = run_script("cat /data/file; echo x > /data/file");
    BOOST_TEST(outcome.out == "in", outcome);
    BOOST_TEST(has(outcome.err, "Read-only file system"), outcome);
    bundle.add_mount("/more", "bind", closed.path("none"), {"rbind"});
    bundle.write();
    BOOST_TEST(has(run().err, "(/more): source: " + closed.path("none") + ": permission denied"));
}

CONTAINER_TEST(flags_of_the_host_stay_locked) {
    use_user_namespace(bundle);
    bundle.config.process->capabilities->bounding.push_back("CAP_SYS_ADMIN");
    bundle.config.process->capabilities->permitted.push_back("CAP_SYS_ADMIN");
    bundle.config.process->capabilities->effective.push_back("CAP_SYS_ADMIN");
    const TempDir place;
    BOOST_TEST_REQUIRE(
        ::mount("tmpfs", place.path().c_str(), "tmpfs", MS_NODEV | MS_NOSUID | MS_RDONLY, "") == 0);
    fs::create_symlink("busybox", bundle.rootfs("/bin/mount"));
    bundle.add_mount("/data", "bind", place.path(), {"rbind", "noexec"});
    const std::string script =
        "grep -o ' /data [^ ]*' /proc/self/mountinfo; mount -o remount,bind,rw /data; mount -o "
        "remount,bind,dev /data";
    const Outcome outcome = run_script(script);
    BOOST_TEST(outcome.out == " /data ro,nosuid,nodev,noexec,relatime\n", outcome);
    std::istringstream lines(outcome.err);
    int refused = 0;
    for (std::string line; std::getline(lines, line);)
        refused += has(line, "ermission denied") || has(line, "not permitted");
    BOOST_TEST(refused == 2, outcome);
    const struct {
        const char* option;
        const char* shown;
    } cases[] = {{"rw", "rw"}, {"dev", "dev"}, {"suid", "suid"}, {"rrw", "rw"}};
    for (const auto& [option, shown] : cases) {
        bundle.config.mounts.back().options = {"rbind", option};
        bundle.write();
        const Outcome cleared = run();
        BOOST_TEST(cleared.status == 1, cleared);
        BOOST_TEST(has(cleared.err, "(/data): option " + std::string(shown) + ": the opposite is locked"),
                   cleared);
    }
    ::umount(place.path().c_str());
}

CONTAINER_TEST(pipes_become_the_programs_and_null_does_not) {
    use_user_namespace(bundle);
    bundle.config.process->user = spec::User{7, 7, {}, {}, {}};
    bundle.set_script("exec 3>&1; stat -L -c %u /proc/$$/fd/3 >&2; echo again > /dev/stdout");
    bundle.write();
    int fds[2];
    BOOST_TEST_REQUIRE(::pipe2(fds, O_CLOEXEC) == 0);
    const ocikit::UniqueFd read_end(fds[0]), write_end(fds[1]);
    ChildOptions options;
    options.before_exec = [&] { ::dup2(write_end.get(), 1); };
    struct stat before {
    }, after{};
    BOOST_TEST(::stat("/dev/null", &before) == 0);
    const Outcome outcome = run({}, options);
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(outcome.err == "7\n", outcome);
    struct stat pipe {};
    BOOST_TEST(::fstat(read_end.get(), &pipe) == 0);
    BOOST_TEST(pipe.st_uid == first_uid + 7);
    BOOST_TEST(pipe.st_gid == first_gid + 7);
    BOOST_TEST(::stat("/dev/null", &after) == 0);
    BOOST_TEST(after.st_uid == before.st_uid);
}

CONTAINER_TEST(what_init_may_not_the_command_sets) {
    use_user_namespace(bundle);
    bundle.config.process->oomScoreAdj = 321;
    bundle.config.linux->sysctl = {
        {"net.ipv4.ip_forward", "1"}, {"kernel.domainname", "our.domain"}, {"user.max_mnt_namespaces", "77"}};
    const Outcome outcome = run_script(
        "cd /proc/sys; cat /proc/self/oom_score_adj net/ipv4/ip_forward kernel/domainname "
        "user/max_mnt_namespaces");
    BOOST_TEST(outcome.out == "321\n1\nour.domain\n77\n", outcome);
}

CONTAINER_TEST(a_user_namespace_is_joined_with_others) {
    const Holder holder(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC);
    chown_tree(bundle.rootfs(), first_uid, first_gid);
    for (const auto& [type, name] : {std::pair{Type::user, "user"}, std::pair{Type::network, "net"},
                                     std::pair{Type::uts, "uts"}, std::pair{Type::ipc, "ipc"}})
        namespace_of(bundle, type).path = holder.path(name);
    std::string expected;
    for (const char* const name : {"user", "net", "uts", "ipc"})
        expected += fs::read_symlink(holder.path(name)).string() + "\n";
    const std::string script =
        "for n in user net uts ipc; do readlink /proc/self/ns/$n; done; id; echo $$; ls -d /sys/class/net/lo";
    expected += "uid=0 gid=0\n1\n/sys/class/net/lo\n";
    BOOST_TEST(run_script(script).out == expected, run_script(script));
    auto& linux = *bundle.config.linux;
    linux.uidMappings = {{0, first_uid, 1000}};
    BOOST_TEST(run_script(script).out == expected);
    linux.uidMappings = {{0, 0, 1}};
    BOOST_TEST(run_script(script).out == expected);
    linux.uidMappings = {{0, first_uid, 999}};
    const Outcome other = run_script(script);
    BOOST_TEST(other.status == 1);
    BOOST_TEST(has(other.err, "/linux/uidMappings: not those of the user namespace that is joined by path"),
               other);
    linux.uidMappings.clear();
    bundle.config.process->user = spec::User{5000, {}, {}, {}, {}};
    BOOST_TEST(run_script(script).status == 1);
}

CONTAINER_TEST(with_the_hosts_network_sysfs_is_the_hosts) {
    use_user_namespace(bundle);
    std::erase_if(bundle.config.linux->namespaces,
                  [](const spec::Namespace& one) { return one.type == Type::network; });
    const std::string script =
        "readlink /proc/self/ns/net; grep -c . /sys/class/net/lo/address; ls /sys/fs/cgroup | wc -l; "
        "mkdir /sys/fs/cgroup/x; echo 1 > /sys/kernel/uevent_seqnum";
    std::erase_if(bundle.config.mounts,
                  [](const spec::Mount& mount) { return mount.destination == "/sys/fs/cgroup"; });
    const Outcome outcome = run_script(script);
    BOOST_TEST(outcome.out == fs::read_symlink("/proc/self/ns/net").string() + "\n1\n0\n", outcome);
    BOOST_TEST(has(outcome.err, "mkdir: can't create directory '/sys/fs/cgroup/x': Read-only file system"),
               outcome);
    BOOST_TEST(has(outcome.err, "can't create /sys/kernel/uevent_seqnum: Read-only file system"), outcome);
}

CONTAINER_TEST(namespaces_of_the_host_are_joined_before_a_new_one) {
    const Holder holder(CLONE_NEWNET | CLONE_NEWUTS);
    use_user_namespace(bundle);
    namespace_of(bundle, Type::network).path = holder.path("net");
    const Outcome sysfs = run_script("true");
    BOOST_TEST(sysfs.status == 1);
    BOOST_TEST(has(sysfs.err, "(/sys): sysfs filesystem: "), sysfs);
    BOOST_TEST(has(sysfs.err, "in a user namespace it needs a new network namespace too"), sysfs);
    for (auto& mount : bundle.config.mounts)
        if (mount.destination == "/sys")
            mount = {"/sys", "bind", "/sys", {"rbind", "ro"}, {}, {}};
    const Outcome outcome = run_script("readlink /proc/self/ns/net; id -u");
    BOOST_TEST(outcome.out == fs::read_symlink(holder.path("net")).string() + "\n0\n", outcome);
    namespace_of(bundle, Type::user).path = "/proc/self/ns/uts";
    const Outcome wrong = run_script("true");
    BOOST_TEST(
        has(wrong.err, "/proc/self/ns/uts: join the user namespace: it is not a namespace of that type"),
        wrong);
}

CONTAINER_TEST(exec_enters_it) {
    use_user_namespace(bundle);
    bundle.set_script("exec sleep 1000");
    bundle.write();
    BOOST_TEST(oci_run(create_words()).status == 0);
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    const Outcome outcome = oci_run({"exec", "--user", "3:4", id(), "/bin/sh", "-c",
                                     "id -u; id -g; cat /proc/self/uid_map; readlink /proc/self/ns/user"});
    const std::string user = fs::read_symlink("/proc/" + std::to_string(init_pid()) + "/ns/user");
    BOOST_TEST(outcome.out == "3\n4\n         0     100000       1000\n" + user + "\n", outcome);
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
}

CONTAINER_TEST(failures_leave_nothing) {
    use_user_namespace(bundle);
    bundle.config.process->args = {"/bin/none"};
    BOOST_TEST(has(run().err, "\"/bin/none\""), run());
    bundle.config.linux->sysctl = {{"net.none", "1"}};
    BOOST_TEST(run().status == 1);
    bundle.config.linux->sysctl.clear();
    bundle.config.process->oomScoreAdj = 1;
    bundle.config.linux->uidMappings = {{0, 0, 4294967295}};
    bundle.config.linux->gidMappings = {{0, 0, 4294967295}};
    spec::Hook hook;
    hook.path = "/bin/false";
    bundle.config.hooks.emplace().createRuntime = {hook};
    BOOST_TEST(has(run().err, "/hooks/createRuntime/0"), run());
}

CONTAINER_TEST(clocks_have_their_offsets) {
    bundle.config.linux->namespaces.push_back({Type::time, {}});
    bundle.config.linux->timeOffsets = {{"boottime", {1000000, 500000000}}, {"monotonic", {2000000, {}}}};
    spec::Hook hook;
    hook.path = "/bin/sh";
    hook.args = {"sh", "-c", "cut -d' ' -f1 /proc/uptime > " + state_root() + "-hook"};
    hook.env = {"PATH=/usr/bin:/bin"};
    bundle.config.hooks.emplace().createContainer = {hook};
    for (const bool user : {false, true}) {
        if (user)
            use_user_namespace(bundle);
        for (const bool shared : {false, true}) {  // executed directly, and by the stub
            if (shared)
                bundle.add_mount("/shared", "bind", "/usr", {"rbind", "ro"});
            fs::remove(state_root() + "-hook");
            std::ofstream(state_root() + "-hook").close();
            fs::permissions(state_root() + "-hook", fs::perms::all);
            const double before = first_number(read_file("/proc/uptime"));
            const Outcome outcome =
                run_script("cat /proc/uptime /proc/self/timens_offsets; readlink /proc/self/ns/time");
            BOOST_TEST_REQUIRE(outcome.status == 0, outcome);
            const double inside = first_number(outcome.out);
            BOOST_TEST(inside >= before + 1000000, outcome);
            BOOST_TEST(inside < before + 1000060, outcome);
            BOOST_TEST(has(outcome.out, "monotonic     2000000         0\n"), outcome);
            BOOST_TEST(has(outcome.out, "boottime      1000000 500000000\n"), outcome);
            BOOST_TEST(!has(outcome.out, fs::read_symlink("/proc/self/ns/time")), outcome);
            if (!user)
                BOOST_TEST(first_number(read_file(state_root() + "-hook")) >= before + 1000000);
        }
    }
    fs::remove(state_root() + "-hook");
    bundle.config.hooks.reset();
    bundle.config.linux->timeOffsets = {{"monotonic", {-1000000000, {}}}};
    const Outcome below = run();
    BOOST_TEST(below.status == 1);
    BOOST_TEST(has(below.err, "config.json: /linux/timeOffsets: write /proc/self/timens_offsets: "), below);
    BOOST_TEST(has(below.err, "a clock would be below 0"), below);
}

CONTAINER_TEST(a_time_namespace_is_joined) {
    Bundle first;
    first.config.linux->namespaces.push_back({Type::time, {}});
    first.config.linux->timeOffsets = {{"boottime", {5000000, {}}}};
    first.set_script("exec sleep 1000");
    first.write();
    BOOST_TEST(oci_run({"create", "-b", first.path(), id() + "a"}).status == 0);
    BOOST_TEST(oci_run({"start", id() + "a"}).status == 0);
    const std::string pid = read_file(state_root() + "/" + id() + "a/state.json");
    const auto at = pid.find("\"pid\":") + 6;
    const std::string path = "/proc/" + pid.substr(at, pid.find(',', at) - at) + "/ns/time";
    bundle.config.linux->namespaces.push_back({Type::time, path});
    const Outcome outcome = run_script("readlink /proc/self/ns/time; cat /proc/uptime");
    const std::string name = fs::read_symlink(path);
    BOOST_TEST(outcome.out.starts_with(name + "\n5"), outcome);
    use_user_namespace(bundle);
    BOOST_TEST(run_script("readlink /proc/self/ns/time").out == name + "\n");
    BOOST_TEST(oci_run({"delete", "--force", id() + "a"}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
