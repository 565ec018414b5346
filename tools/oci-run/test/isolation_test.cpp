// What the container sees and may do: namespaces, mounts, devices, paths.
#include <fcntl.h>
#include <filesystem>
#include <sched.h>
#include <sstream>
#include <sys/mount.h>
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

std::string namespace_of_test(const std::string& name) {
    return fs::read_symlink("/proc/self/ns/" + name);
}

// A process in a new namespace, to be joined by path.
class Holder {
  public:
    explicit Holder(int flag)
        : child_({"sleep", "1000"}, {.input = "/dev/null", .before_exec = [flag] {
                                         if (::unshare(flag) < 0)
                                             ::_exit(1);
                                     }}) {
        const std::string exe = "/proc/" + std::to_string(child_.pid()) + "/comm";
        eventually([&] { return read_file(exe) == "sleep\n"; });
    }
    std::string path(const std::string& name) const {
        return "/proc/" + std::to_string(child_.pid()) + "/ns/" + name;
    }

  private:
    Child child_;
};

// The last line of mountinfo for a mount point, "" if there is none.
std::string mount_line(const std::string& mountinfo, const std::string& point) {
    std::istringstream lines(mountinfo);
    std::string found;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string word;
        for (int i = 0; i < 5; ++i)
            words >> word;
        if (word == point)
            found = line;
    }
    return found;
}

// A device that isn't among the default ones, and that can be read here.
spec::Device some_device() {
    for (const auto& [path, minor] : {std::pair{"/dev/fuse", 229}, std::pair{"/dev/loop-control", 237},
                                      std::pair{"/dev/net/tun", 200}, std::pair{"/dev/autofs", 235}})
        if (ocikit::UniqueFd(::open(path, O_RDONLY | O_CLOEXEC)))
            return {"c", "/dev/some", 10, minor, {}, {}, {}};
    return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(isolation)

CONTAINER_TEST(every_namespace_is_its_own) {
    bundle.config.linux->namespaces.push_back({Type::time, {}});
    const Outcome outcome =
        run_script("for n in pid net mnt ipc uts cgroup time; do readlink /proc/self/ns/$n; done");
    BOOST_TEST(outcome.status == 0, outcome);
    for (const char* const name : {"pid", "net", "mnt", "ipc", "uts", "cgroup", "time"}) {
        BOOST_TEST(has(outcome.out, std::string(name) + ":["), outcome);
        BOOST_TEST(!has(outcome.out, namespace_of_test(name)), name);
    }
    BOOST_TEST(run_script("echo $$; ip link show lo | grep -c UP").out == "1\n1\n");
}

CONTAINER_TEST(namespaces_that_are_not_listed_are_the_callers) {
    bundle.config.linux->namespaces = {{Type::mount, {}}};
    bundle.config.hostname.reset();
    // sysfs of a network namespace that isn't new can't be mounted in every container
    const Outcome outcome = run_script("for n in pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done");
    BOOST_TEST(outcome.status == 0, outcome);
    for (const char* const name : {"pid", "net", "ipc", "uts", "cgroup"})
        BOOST_TEST(has(outcome.out, namespace_of_test(name)), name);
}

CONTAINER_TEST(namespaces_are_joined_by_path) {
    const Holder holder(CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC);
    bundle.config.linux->namespaces = {{Type::mount, {}},
                                       {Type::pid, {}},
                                       {Type::network, holder.path("net")},
                                       {Type::uts, holder.path("uts")},
                                       {Type::ipc, holder.path("ipc")}};
    const Outcome outcome = run_script("for n in net uts ipc; do readlink /proc/self/ns/$n; done; hostname");
    std::string expected;
    for (const char* const name : {"net", "uts", "ipc"})
        expected += fs::read_symlink(holder.path(name)).string() + "\n";
    BOOST_TEST(outcome.out == expected + "inside\n", outcome);
}

CONTAINER_TEST(a_pid_namespace_is_joined) {
    bundle.set_script("exec sleep 1000");
    bundle.write();
    BOOST_TEST(oci_run(create_words()).status == 0);
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    Bundle second;
    second.set_script("readlink /proc/self/ns/pid; ps -o args");
    for (auto& ns : second.config.linux->namespaces)
        if (ns.type == Type::pid)
            ns.path = "/proc/" + std::to_string(init_pid()) + "/ns/pid";
    second.write();
    const Outcome outcome = oci_run({"run", "-b", second.path(), id() + "b"});
    BOOST_TEST(has(outcome.out, fs::read_symlink("/proc/" + std::to_string(init_pid()) + "/ns/pid")),
               outcome);
    BOOST_TEST(has(outcome.out, "sleep 1000"), outcome);
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
}

CONTAINER_TEST(a_namespace_of_another_type_is_refused) {
    const struct {
        Type type;
        const char* path;
        const char* message;
    } cases[] = {
        {Type::network, "/proc/self/ns/uts",
         "/proc/self/ns/uts: join the network namespace: it is not a namespace of that type"},
        {Type::uts, "/etc/passwd", "/etc/passwd: join the uts namespace: it is not a namespace of that type"},
        {Type::ipc, "/none", "/none: open the ipc namespace: no such file or directory"},
    };
    for (const auto& [type, path, message] : cases) {
        bundle.config.linux->namespaces = {{Type::mount, {}}, {type, path}};
        bundle.config.hostname.reset();
        const Outcome outcome = run();
        BOOST_TEST(outcome.status == 1);
        BOOST_TEST(has(outcome.err, message), outcome);
    }
}

CONTAINER_TEST(filesystems_are_mounted_with_their_options) {
    bundle.add_mount("/t", "tmpfs", "name",
                     {"ro", "nosuid", "nodev", "noexec", "noatime", "size=4k", "mode=711"});
    const Outcome outcome = run_script("cat /proc/self/mountinfo; stat -c %a /t /dev /dev/shm");
    BOOST_TEST(outcome.status == 0, outcome);
    const struct {
        const char* point;
        const char* options;  // what the line has after the mount point
        const char* filesystem;
    } cases[] = {
        {"/t", "ro,nosuid,nodev,noexec,noatime", " - tmpfs name rw,size=4k,mode=711"},
        {"/proc", "rw,relatime", " - proc proc rw"},
        {"/dev", "rw,nosuid", " - tmpfs tmpfs rw,size=65536k,mode=755"},
        {"/dev/pts", "rw,nosuid,noexec,relatime", " - devpts devpts rw,mode=620,ptmxmode=666"},
        {"/dev/shm", "rw,nosuid,nodev,noexec,relatime", " - tmpfs shm rw,size=65536k"},
        {"/dev/mqueue", "rw,nosuid,nodev,noexec,relatime", " - mqueue mqueue rw"},
        {"/sys", "ro,nosuid,nodev,noexec,relatime", " - sysfs sysfs r"},
        {"/sys/fs/cgroup", "ro,nosuid,nodev,noexec,relatime",
         is_cgroup_v2() ? " - cgroup2 " : " - tmpfs cgroup "},
        {"/proc/sys", "ro,relatime", " - proc proc rw"},
    };
    for (const auto& [point, options, filesystem] : cases) {
        const std::string line = mount_line(outcome.out, point);
        BOOST_TEST(has(line, std::string(point) + " " + options), line << " has not " << options);
        BOOST_TEST(has(line, filesystem), line << " has not " << filesystem);
    }
    BOOST_TEST(outcome.out.ends_with("711\n755\n1777\n"), outcome);
    // nothing of the host is left
    std::istringstream lines(outcome.out);
    for (std::string id, parent, device, root, point, rest;
         lines >> id >> parent >> device >> root >> point && std::getline(lines, rest);) {
        const std::string top = point.substr(0, point.find('/', 1));
        BOOST_TEST((top == "/" || top == "/t" || top == "/proc" || top == "/dev" || top == "/sys"), point);
    }
}

CONTAINER_TEST(bind_mounts) {
    const std::string host = bundle.directory().path("host");
    bundle.directory().write("host/file", "content");
    bundle.directory().write("host/tree/below/file", "deep");
    bundle.add_mount("/new/dir", "bind", host, {"bind"});
    bundle.add_mount("/new/file", "none", host + "/file", {"bind", "ro"});
    bundle.add_mount("/relative", "", "host", {"rbind", "ro", "nosuid"});
    bundle.add_mount("also/relative", "bind", "host/tree", {});
    const Outcome outcome = run_script(
        "cat /new/dir/file /new/file /relative/tree/below/file /also/relative/below/file; echo w > "
        "/new/dir/made;"
        "echo w > /new/file; echo w > /relative/made; grep -E ' /(relative|new/dir) ' /proc/self/mountinfo");
    BOOST_TEST(outcome.out.starts_with("contentcontentdeepdeep"), outcome);
    BOOST_TEST(read_file(host + "/made") == "w\n");
    BOOST_TEST(has(outcome.err, "can't create /new/file: Read-only file system"), outcome);
    BOOST_TEST(has(outcome.err, "can't create /relative/made: Read-only file system"), outcome);
    BOOST_TEST(has(outcome.out, "/relative ro,nosuid"), outcome);
}

CONTAINER_TEST(recursive_options_reach_mounts_below) {
    const std::string host = bundle.directory().path("host");
    fs::create_directories(host + "/below");
    BOOST_TEST_REQUIRE(::mount("t", (host + "/below").c_str(), "tmpfs", 0, "size=64k") == 0);
    bundle.add_mount("/ro", "bind", host, {"rbind", "ro"});
    bundle.add_mount("/rro", "bind", host, {"rbind", "rro"});
    bundle.add_mount("/single", "bind", host, {"bind"});
    const Outcome outcome =
        run_script("touch /ro/below/yes; touch /rro/below/no; touch /ro/no; ls /single/below");
    ::umount2(host.c_str(), MNT_DETACH);
    ::umount2((host + "/below").c_str(), MNT_DETACH);
    BOOST_TEST(outcome.out == "", outcome);
    BOOST_TEST(!has(outcome.err, "/ro/below/yes"), outcome);
    BOOST_TEST(has(outcome.err, "/rro/below/no: Read-only file system"), outcome);
    BOOST_TEST(has(outcome.err, "/ro/no: Read-only file system"), outcome);
}

CONTAINER_TEST(propagation) {
    const std::string host = bundle.directory().path("host");
    fs::create_directories(host);
    BOOST_TEST_REQUIRE(::mount("t", host.c_str(), "tmpfs", 0, "size=64k") == 0);
    BOOST_TEST_REQUIRE(::mount(nullptr, host.c_str(), nullptr, MS_SHARED, nullptr) == 0);
    bundle.add_mount("/private", "bind", host, {"rbind", "rprivate"});
    bundle.add_mount("/shared", "bind", host, {"rbind", "rshared"});
    bundle.add_mount("/slave", "bind", host, {"rbind", "rslave"});
    bundle.config.linux->rootfsPropagation = spec::RootfsPropagation::shared;
    const Outcome outcome = run_script("cat /proc/self/mountinfo");
    ::umount2(host.c_str(), MNT_DETACH);
    BOOST_TEST(!has(mount_line(outcome.out, "/private"), "shared:"), outcome);
    BOOST_TEST(!has(mount_line(outcome.out, "/private"), "master:"), outcome);
    BOOST_TEST(has(mount_line(outcome.out, "/shared"), "shared:"), outcome);
    BOOST_TEST(has(mount_line(outcome.out, "/slave"), "master:"), outcome);
    BOOST_TEST(!has(mount_line(outcome.out, "/slave"), "shared:"), outcome);
    BOOST_TEST(has(mount_line(outcome.out, "/"), "shared:"), outcome);
}

CONTAINER_TEST(default_devices_and_links) {
    bundle.config.linux->devices = {{"c", "/dev/fuse", 10, 229, 0640, 12, 34},
                                    {"b", "/dev/deep/disk", 7, 200, {}, {}, {}},
                                    {"p", "/dev/pipe", {}, {}, 0600, {}, {}}};
    const Outcome outcome = run_script(
        "cd /dev; stat -c '%n %F %t:%T %a %u:%g' null zero full random urandom tty fuse deep/disk pipe;"
        "for l in fd stdin stdout stderr ptmx; do readlink $l; done;"
        "head -c 3 zero | od -An -tx1; echo x > null; echo x > full; head -c 1 urandom | wc -c");
    BOOST_TEST(outcome.out ==
                   "null character special file 1:3 666 0:0\n"
                   "zero character special file 1:5 666 0:0\n"
                   "full character special file 1:7 666 0:0\n"
                   "random character special file 1:8 666 0:0\n"
                   "urandom character special file 1:9 666 0:0\n"
                   "tty character special file 5:0 666 0:0\n"
                   "fuse character special file a:e5 640 12:34\n"
                   "deep/disk block special file 7:c8 666 0:0\n"
                   "pipe fifo 0:0 600 0:0\n"
                   "/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx\n"
                   " 00 00 00\n1\n",
               outcome);
    BOOST_TEST(has(outcome.err, "No space left on device"), outcome);
}

CONTAINER_TEST(device_rules_are_enforced) {
    const spec::Device device = some_device();
    if (device.path.empty())
        return ocikit::test::skip("there is no device that could be read");
    bundle.config.linux->devices = {device};
    const std::int64_t minor = *device.minor;
    const std::string script = "dd if=/dev/some of=/dev/null count=0; echo $?";
    const auto expect = [&](const char* what, const std::string& out) {
        const Outcome outcome = run_script(script);
        BOOST_TEST(outcome.out == out, what << ": " << outcome);
        BOOST_TEST(has(outcome.err, "Operation not permitted") == (out == "1\n"), what << ": " << outcome);
    };
    expect("without rules", "1\n");
    auto& rules = bundle.config.linux->resources.emplace().devices;
    rules = {{false, {}, {}, {}, "rwm"}};
    expect("what runc and crun begin with", "1\n");
    rules.push_back({true, "c", 10, minor, "r"});
    expect("allowed to read", "0\n");
    rules = {{true, "a", {}, {}, {}}, {false, "c", 10, minor, "r"}};
    expect("all but one", "1\n");
    rules = {{false, "c", 10, minor, "r"}, {true, "a", {}, {}, "rwm"}};
    expect("the last one wins", "0\n");
    rules = {{true, "c", 10, minor, "r"}, {false, "a", {}, {}, {}}};
    expect("a deny of everything starts anew", "1\n");
    rules = {{false, "c", 1, 3, "w"}};
    const Outcome null = run_script("echo > /dev/null");
    BOOST_TEST(has(null.err, "can't create /dev/null: Operation not permitted"), null);
    rules = {{false, "b", {}, {}, "m"}};
    const Outcome made = run_script("mknod /tmp/c c 10 200 && mknod /tmp/b b 7 0");
    BOOST_TEST(has(made.err, "mknod: /tmp/b: Operation not permitted"), made);
    BOOST_TEST(fs::exists(bundle.rootfs("/tmp/c")));
}

CONTAINER_TEST(masked_and_readonly_paths) {
    bundle.directory().write("rootfs/secret/file", "s");
    bundle.directory().write("rootfs/other/file", "s");
    bundle.directory().write("rootfs/key", "k");
    bundle.directory().write("rootfs/fixed/file", "f");
    fs::create_symlink("/key", bundle.rootfs("/link"));
    auto& linux = *bundle.config.linux;
    linux.maskedPaths = {"/secret", "/other", "/link", "/proc/version", "/not/there"};
    linux.readonlyPaths = {"/fixed", "/proc/sys", "/not/there"};
    const Outcome outcome = run_script(
        "ls /secret /other; cat /key; wc -c < /proc/version; touch /secret/x; echo 1 > /fixed/file;"
        "echo x > /proc/sys/kernel/domainname");
    BOOST_TEST(outcome.out == "/other:\n\n/secret:\n0\n", outcome);
    BOOST_TEST(has(outcome.err, "touch: /secret/x: Read-only file system"), outcome);
    BOOST_TEST(has(outcome.err, "can't create /fixed/file: Read-only file system"), outcome);
    BOOST_TEST(has(outcome.err, "can't create /proc/sys/kernel/domainname: Read-only file system"), outcome);
}

CONTAINER_TEST(readonly_root) {
    bundle.config.root->readonly = true;
    const Outcome outcome = run_script("touch /x; touch /dev/shm/x && echo ok");
    BOOST_TEST(outcome.out == "ok\n", outcome);
    BOOST_TEST(has(outcome.err, "touch: /x: Read-only file system"), outcome);
    bundle.config.root->readonly.reset();
    BOOST_TEST(run_script("touch /x").status == 0);
    BOOST_TEST(fs::exists(bundle.rootfs("/x")));
}

CONTAINER_TEST(the_container_sees_its_own_cgroup_only) {
    const Outcome outcome = run_script("cat /proc/self/cgroup; ls -d /sys/fs/cgroup/*");
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(!has(outcome.out, id()), outcome);
    if (is_cgroup_v2()) {
        BOOST_TEST(outcome.out.starts_with("0::/\n"), outcome);
        BOOST_TEST(has(outcome.out, "/sys/fs/cgroup/cgroup.events\n"), outcome);
    } else {
        const Outcome tasks =
            run_script("cat /sys/fs/cgroup/devices/tasks | head -1; touch /sys/fs/cgroup/x");
        BOOST_TEST(tasks.out == "1\n", tasks);
        BOOST_TEST(has(tasks.err, "Read-only file system"), tasks);
    }
}

// With nothing but a static program there is nothing that a runtime could rely on.
CONTAINER_TEST(a_single_program_is_enough) {
    Bundle bare(Bundle::Content::busybox_only);
    bare.config.process->args = {"/bin/busybox", "ls", "/"};
    bare.write();
    BOOST_TEST(oci_run({"run", "-b", bare.path(), id()}).out == "bin\ndev\nproc\nsys\n");
    // and no mounts, no devices' directory
    Bundle least(Bundle::Content::busybox_only);
    least.config.mounts.clear();
    least.config.hostname.reset();
    least.config.linux->namespaces = {{Type::mount, {}}};
    least.config.process->args = {"/bin/busybox", "true"};
    least.write();
    const Outcome outcome = oci_run({"run", "-b", least.path(), id()});
    BOOST_TEST(outcome.status == 0, outcome);
}

// They execute what is in the container; what oci-run calls to have them executed isn't theirs.
CONTAINER_TEST(seccomp_profiles_hold_for_hooks_in_the_container) {
    spec::Syscall rule;
    rule.names.assign({"mkdir", "mkdirat"});
    rule.action = spec::SeccompAction::errno_;
    rule.errnoRet = 71;  // EPROTO
    bundle.config.linux->seccomp = spec::Seccomp{spec::SeccompAction::allow, {}, {}, {}, {}, {}, {rule}};
    spec::Process& process = *bundle.config.process;
    process.capabilities = spec::Capabilities{};
    auto& hooks = bundle.config.hooks.emplace().startContainer;
    const std::string script = "mkdir /dev/shm/new; grep -e ^Seccomp: -e ^CapPrm: /proc/self/status; exit 4";
    for (const bool privileges : {false, true}) {
        for (const std::uint32_t uid : {0u, 1000u}) {
            process.noNewPrivileges = !privileges;
            process.user->uid = uid;
            bundle.set_script("true");
            hooks = {{"/bin/sh", {"sh", "-c", script}, {"PATH=/bin"}, {}}};
            for (const bool at_once : {false, true}) {
                bundle.write();
                Outcome outcome = oci_run(at_once ? run_words() : create_words());
                if (!at_once) {
                    outcome = oci_run({"start", id()});
                    oci_run({"delete", "--force", id()});
                }
                BOOST_TEST(outcome.status == 1, outcome);
                BOOST_TEST(has(outcome.err,
                               "can't create directory '/dev/shm/new': Protocol error | "
                               "CapPrm:\\x090000000000000000 | Seccomp:\\x092"),
                           outcome);
            }
        }
    }
    hooks = {{"/bin/true", {}, {}, {}}};
    bundle.config.linux->seccomp->syscalls[0].names = {"clone", "clone3", "pipe2",  "memfd_create",
                                                       "poll",  "ppoll",  "waitid", "wait4"};
    bundle.set_script("exit 6");
    BOOST_TEST(run().status == 6);
}

// With and without no_new_privs, for root and others, executed directly and by the stub.
CONTAINER_TEST(seccomp_profiles_hold) {
    spec::Syscall rule;
    rule.names.assign({"mkdir", "mkdirat"});
    rule.action = spec::SeccompAction::errno_;
    rule.errnoRet = 71;  // EPROTO
    bundle.config.linux->seccomp = spec::Seccomp{spec::SeccompAction::allow, {}, {}, {}, {}, {}, {rule}};
    bundle.set_script("mkdir /dev/shm/new; grep -e ^Seccomp: -e ^CapEff: /proc/self/status");
    spec::Process& process = *bundle.config.process;
    process.capabilities = spec::Capabilities{};
    for (const bool privileges : {false, true}) {
        for (const std::uint32_t uid : {0u, 1000u}) {
            for (const bool shared : {false, true}) {
                process.noNewPrivileges = !privileges;
                process.user->uid = uid;
                std::erase_if(bundle.config.mounts,
                              [](const spec::Mount& mount) { return mount.destination == "/shared"; });
                if (shared)
                    bundle.add_mount("/shared", "bind", "/usr", {"rbind", "ro"});
                bundle.write();
                BOOST_TEST_CONTEXT("privileges " << privileges << ", uid " << uid << ", shared " << shared) {
                    const Outcome outcome = run();
                    BOOST_TEST(outcome.out == "CapEff:\t0000000000000000\nSeccomp:\t2\n", outcome);
                    BOOST_TEST(has(outcome.err, "Protocol error"), outcome);
                    const std::string file = state_root() + "-out";
                    ChildOptions options;
                    options.before_exec = [&] {
                        ::dup2(::open(file.c_str(), O_WRONLY | O_CREAT, 0644), STDOUT_FILENO);
                    };
                    BOOST_TEST(oci_run(create_words(), options).status == 0);
                    BOOST_TEST(oci_run({"start", id()}).status == 0);
                    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
                    BOOST_TEST(has(read_file(file), "Seccomp:\t2\n"), read_file(file));
                    BOOST_TEST(oci_run({"delete", id()}).status == 0);
                    fs::remove(file);
                }
            }
        }
    }
}

CONTAINER_TEST(sysctls_are_of_the_container_only) {
    const std::string before = read_file("/proc/sys/kernel/msgmax");
    bundle.config.linux->sysctl = {{"kernel.msgmax", "4000"}, {"net/ipv4/ip_forward", "1"}};
    const Outcome outcome = run_script("cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward");
    BOOST_TEST(outcome.out == "4000\n1\n", outcome);
    BOOST_TEST(read_file("/proc/sys/kernel/msgmax") == before);
    bundle.config.linux->sysctl = {{"net.ipv4.no_such_thing", "1"}};
    bundle.write();
    const Outcome missing = run();
    BOOST_TEST(missing.status == 1);
    BOOST_TEST(has(missing.err, "config.json: /linux/sysctl/net.ipv4.no_such_thing: set: no such file"),
               missing);
    bundle.config.linux->sysctl = {{"kernel.msgmax", "many"}};
    bundle.write();
    BOOST_TEST(has(run().err, "/linux/sysctl/kernel.msgmax: \"many\": write: invalid argument"));
}

BOOST_AUTO_TEST_SUITE_END()
