// The root and what connects it with the mounts of the host: propagation, --no-pivot, mount
// namespaces that aren't the container's own, ID mappings.
#include <fcntl.h>
#include <filesystem>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "mount_line.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace spec = ocikit::spec;
namespace fs = std::filesystem;
using Type = spec::NamespaceType;
using Propagation = spec::RootfsPropagation;

namespace {

constexpr const char* show = "cat /proc/self/mountinfo";

// A shared mount of the host, for the time of a test.
class SharedMount {
  public:
    explicit SharedMount(const Bundle& bundle) : path_(bundle.directory().path("shared")) {
        fs::create_directories(path_);
        BOOST_TEST_REQUIRE(::mount("host", path_.c_str(), "tmpfs", 0, "size=64k") == 0);
        BOOST_TEST_REQUIRE(::mount(nullptr, path_.c_str(), nullptr, MS_SHARED, nullptr) == 0);
        fs::create_directories(path_ + "/point");
    }
    SharedMount(const SharedMount&) = delete;
    SharedMount& operator=(const SharedMount&) = delete;
    ~SharedMount() { ::umount2(path_.c_str(), MNT_DETACH); }
    const std::string& path() const { return path_; }
    std::string group() const {
        const std::string text = mount_on(read_file("/proc/self/mountinfo"), path_).propagation;
        return text.substr(text.find(':') + 1);
    }

  private:
    std::string path_;
};

// A process with mounts of its own that others join.
class Holder {
  public:
    explicit Holder(int flag)
        : child_({"sleep", "1000"}, {.input = "/dev/null", .before_exec = [flag] {
                                         if (::unshare(flag) < 0 ||
                                             ::mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) < 0)
                                             ::_exit(1);
                                     }}) {
        eventually([&] { return read_file(directory() + "/comm") == "sleep\n"; });
    }
    std::string directory() const { return "/proc/" + std::to_string(child_.pid()); }

  private:
    Child child_;
};

std::vector<spec::IdMapping> map(std::uint32_t inside, std::uint32_t outside) {
    return {{inside, outside, 1000}};
}

bool can_map(const Outcome& outcome) {
    return !has(outcome.err, "this kernel can't map the IDs of that filesystem");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(root)

CONTAINER_TEST(propagation_of_bind_mounts) {
    const SharedMount host(bundle);
    const std::string group = host.group();
    const struct {
        const char* option;
        std::optional<Propagation> root;
        std::string expected;
    } cases[] = {
        {"private", {}, ""},
        {"rprivate", Propagation::rslave, ""},
        {"slave", {}, "master:" + group},
        {"rslave", Propagation::private_, "master:" + group},
        {"shared", {}, "shared:" + group},
        {"rshared", Propagation::rprivate, "shared:" + group},
        {"rshared", Propagation::rshared, "shared:" + group},
        {"unbindable", {}, "unbindable "},
        {"runbindable", Propagation::shared, "unbindable "},
        {"ro", {}, ""},  // as the root
        {"ro", Propagation::rprivate, ""},
        {"ro", Propagation::rslave, "master:" + group},
        {"ro", Propagation::rshared, "master:" + group},
    };
    for (const auto& test : cases) {
        bundle.config.mounts.resize(7);
        bundle.add_mount("/b", "bind", host.path(), {"rbind", test.option});
        bundle.config.linux->rootfsPropagation = test.root;
        const Outcome outcome = run_script(show);
        const MountLine line = mount_on(outcome.out, "/b");
        BOOST_TEST_CONTEXT(test.option << ": " << line << outcome.err) {
            BOOST_TEST(line.type == "tmpfs");
            BOOST_TEST(
                (test.expected.empty() ? line.propagation == "" : has(line.propagation, test.expected)));
        }
    }
}

// Mounts go from the host into a slave, and both ways where it is shared.
CONTAINER_TEST(mounts_go_where_propagation_lets_them) {
    const SharedMount host(bundle);
    bundle.config.process->capabilities->bounding.push_back("CAP_SYS_ADMIN");
    bundle.config.process->capabilities->effective.push_back("CAP_SYS_ADMIN");
    bundle.config.process->capabilities->permitted.push_back("CAP_SYS_ADMIN");
    const std::string applet = "/bin/busybox mount";
    bundle.add_mount("/b", "bind", host.path(), {"rbind", "rshared"});
    BOOST_TEST(run_script(applet + " -t tmpfs inner /b/point").status == 0);
    BOOST_TEST(mount_on(read_file("/proc/self/mountinfo"), host.path() + "/point").source == "inner");
    ::umount2((host.path() + "/point").c_str(), MNT_DETACH);
    bundle.config.mounts.back().options = {"rbind", "rslave"};
    BOOST_TEST(run_script(applet + " -t tmpfs inner /b/point").status == 0);
    BOOST_TEST(mount_on(read_file("/proc/self/mountinfo"), host.path() + "/point").source == "");
    bundle.set_script("exec sleep 1000");
    bundle.write();
    BOOST_TEST(oci_run(create_words()).status == 0);
    BOOST_TEST(::mount("outer", (host.path() + "/point").c_str(), "tmpfs", 0, "size=4k") == 0);
    const std::string table = "/proc/" + std::to_string(init_pid()) + "/mountinfo";
    BOOST_TEST(mount_on(read_file(table), "/b/point").source == "outer");
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
}

CONTAINER_TEST(propagation_of_the_root) {
    const std::pair<Propagation, const char*> cases[] = {
        {Propagation::private_, ""},         {Propagation::rprivate, ""},
        {Propagation::shared, "shared:"},    {Propagation::rshared, "shared:"},
        {Propagation::unbindable, "unbind"}, {Propagation::runbindable, "unbind"},
        {Propagation::slave, "master:"},     {Propagation::rslave, "master:"},
    };
    // a root that is a mount of a group
    BOOST_TEST_REQUIRE(::mount(bundle.rootfs().c_str(), bundle.rootfs().c_str(), nullptr, MS_BIND, nullptr) ==
                       0);
    ::mount(nullptr, bundle.rootfs().c_str(), nullptr, MS_PRIVATE, nullptr);
    ::mount(nullptr, bundle.rootfs().c_str(), nullptr, MS_SHARED, nullptr);
    for (const auto& [propagation, expected] : cases) {
        bundle.config.linux->rootfsPropagation = propagation;
        const Outcome outcome = run_script(show);
        const std::string found = mount_on(outcome.out, "/").propagation;
        BOOST_TEST((*expected ? has(found, expected) : found.empty()),
                   expected << ": " << found << outcome.err);
        BOOST_TEST(mount_on(read_file("/proc/self/mountinfo"), bundle.rootfs("/proc")).type == "");
    }
    ::umount2(bundle.rootfs().c_str(), MNT_DETACH);
}

CONTAINER_TEST(without_pivot_root) {
    bundle.set_script("cat /proc/self/mountinfo; echo root: /*; touch /etc/x");
    bundle.config.root->readonly = true;
    const Outcome outcome = run({"--no-pivot"});
    BOOST_TEST(outcome.status == 1, outcome);
    BOOST_TEST(has(outcome.err, "/etc/x: Read-only file system"), outcome);
    BOOST_TEST(has(outcome.out, "root: /bin /dev /etc /proc /sys /tmp"), outcome);
    BOOST_TEST(mount_on(outcome.out, "/").has_option("ro"), outcome);
    BOOST_TEST(mount_on(read_file("/proc/self/mountinfo"), "/proc").type == "proc");
    BOOST_TEST(mount_on(read_file("/proc/self/mountinfo"), "/sys").type == "sysfs");
    bundle.config.process->args = {"/none"};
    const Outcome failed = run({"--no-pivot"});
    BOOST_TEST(failed.status == 1);
}

// Whatever is mounted goes with the container, and hides nothing of its callers.
CONTAINER_TEST(mounts_in_the_callers_namespace) {
    std::erase_if(bundle.config.linux->namespaces, [](const auto& ns) { return ns.type == Type::mount; });
    const Outcome outcome =
        run_script("readlink /proc/self/ns/mnt; ls /; ls -d /dev/null /proc/self; echo > /proc/sys/x");
    BOOST_TEST(outcome.out == fs::read_symlink("/proc/self/ns/mnt").string() +
                                  "\nbin\ndev\netc\nproc\nsys\ntmp\n/dev/null\n/proc/self\n",
               outcome);
    BOOST_TEST(mount_on(read_file("/proc/self/mountinfo"), "/proc").type == "proc");
    BOOST_TEST(has(outcome.err, "/proc/sys/x"), outcome);
    check_nothing_is_left();
    bundle.config.process->args = {"/none"};
    BOOST_TEST(run().status == 1);
    check_nothing_is_left();
    bundle.set_script("exec sleep 1000");
    bundle.write();
    BOOST_TEST(oci_run(create_words()).status == 0);
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    const Outcome inside = oci_run({"exec", id(), "/bin/ls", "/"});
    BOOST_TEST(inside.out == "bin\ndev\netc\nproc\nsys\ntmp\n", inside);
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
}

CONTAINER_TEST(a_mount_namespace_is_joined) {
    const Holder holder(CLONE_NEWNS);
    for (auto& ns : bundle.config.linux->namespaces)
        if (ns.type == Type::mount)
            ns.path = holder.directory() + "/ns/mnt";
    const Outcome outcome = run_script("readlink /proc/self/ns/mnt; ls -d /dev/null");
    BOOST_TEST(outcome.out == fs::read_symlink(holder.directory() + "/ns/mnt").string() + "\n/dev/null\n",
               outcome);
    BOOST_TEST(!has(read_file(holder.directory() + "/mountinfo"), bundle.rootfs()));
    bundle.config.process->args = {"/none"};
    BOOST_TEST(run().status == 1);
    BOOST_TEST(!has(read_file(holder.directory() + "/mountinfo"), bundle.rootfs()));
}

CONTAINER_TEST(ids_are_mapped) {
    bundle.directory().write("data/file", "x");
    fs::create_directories(bundle.directory().path("data/below"));
    const std::string data = bundle.directory().path("data");
    bundle.config.mounts.push_back({"/m", "bind", data, {"bind", "idmap"}, map(0, 1000), map(0, 2000)});
    bundle.config.mounts.push_back(
        {"/r", "none", data, {"rbind", "ridmap", "ro"}, map(0, 5000), map(0, 5000)});
    bundle.config.mounts.push_back({"/o", "bind", data, {"bind"}, map(0, 7), map(0, 8)});
    bundle.config.mounts.push_back({"/plain", "bind", data, {"bind"}, {}, {}});
    const Outcome outcome = run_script(
        "stat -c %u:%g /m/file /r/file /o/file /plain/file; touch /m/denied; cat /proc/self/mountinfo");
    if (!can_map(outcome))
        return ocikit::test::skip("the temporary folder's filesystem can't be ID-mapped");
    BOOST_TEST(outcome.out.starts_with("1000:2000\n5000:5000\n7:8\n0:0\n"), outcome);
    // root isn't mapped there
    BOOST_TEST(has(outcome.err, "touch: /m/denied: Value too large"), outcome);
    BOOST_TEST(mount_on(outcome.out, "/r").has_option("ro"), outcome);
}

CONTAINER_TEST(ids_are_mapped_by_the_text_of_an_option) {
    bundle.directory().write("data/one", "1");
    bundle.directory().write("data/two", "2");
    const std::string data = bundle.directory().path("data");
    BOOST_TEST_REQUIRE(::chown((data + "/two").c_str(), 12, 13) == 0);
    bundle.add_mount("/m", "bind", data, {"bind", "idmap=uids=0-1000-1#10-2000-5;gids=0-3000-20"});
    bundle.add_mount("/r", "bind", data, {"rbind", "ridmap=uids=0-5-20;gids=0-6-20"});
    const Outcome outcome = run_script("stat -c %u:%g /m/one /m/two /r/two");
    if (!can_map(outcome))
        return ocikit::test::skip("the temporary folder's filesystem can't be ID-mapped");
    BOOST_TEST(outcome.out == "1000:3000\n2002:3013\n17:19\n", outcome);
    // @: the container's IDs
    bundle.config.mounts.resize(bundle.config.mounts.size() - 2);
    bundle.config.linux->namespaces.push_back({spec::NamespaceType::user, {}});
    bundle.config.linux->uidMappings = {{0, 100000, 1}, {1, 200000, 1000}};
    bundle.config.linux->gidMappings = {{0, 300000, 1000}};
    bundle.add_mount("/m", "bind", data, {"bind", "idmap=uids=@0-0-1#@10-20-5;gids=@0-0-20"});
    const Outcome relative = run_script("stat -c %u:%g /m/one /m/two");
    BOOST_TEST(relative.out == "0:0\n22:13\n", relative);
}

CONTAINER_TEST(ids_of_new_filesystems_are_mapped) {
    bundle.config.mounts.push_back({"/t", "tmpfs", "t", {"mode=777", "idmap"}, map(0, 1000), map(0, 1000)});
    const Outcome outcome = run_script("stat -c %u:%g /t");
    if (!can_map(outcome))  // before Linux 6.3
        return ocikit::test::skip("this kernel can't map the IDs of tmpfs");
    BOOST_TEST(outcome.out == "1000:1000\n", outcome);
}

CONTAINER_TEST(mappings_that_cannot_be) {
    const struct {
        spec::Mount mount;
        const char* message;
    } cases[] = {
        {{"/m", "proc", "proc", {"idmap"}, map(0, 1), map(0, 1)},
         "mounts[7] (/m): option idmap: this kernel can't map the IDs of that filesystem"},
        {{"/m", "bind", "/proc", {"rbind", "ridmap"}, map(0, 1), map(0, 1)},
         "mounts[7] (/m): option ridmap: this kernel can't map the IDs of that filesystem"},
        {{"/m", "bind", "/usr", {"bind"}, {{0, 1, 0}}, map(0, 1)}, "/mounts/7/uidMappings/0/size: "},
        {{"/m", "bind", "/usr", {"bind"}, {{0, 1, 5}, {3, 9, 1}}, map(0, 1)}, "/mounts/7/uidMappings/1: "},
    };
    for (const auto& [mount, message] : cases) {
        bundle.config.mounts.resize(7);
        bundle.config.mounts.push_back(mount);
        const Outcome outcome = run();
        BOOST_TEST(outcome.status == 1);
        BOOST_TEST(has(outcome.err, message), outcome);
    }
}

CONTAINER_TEST(labels_are_left_out_without_selinux) {
    if (has(read_file("/proc/filesystems"), "\tselinuxfs\n"))
        return ocikit::test::skip("SELinux is enabled");
    bundle.config.linux->mountLabel = "system_u:object_r:container_file_t:s0";
    const Outcome outcome = run();
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(has(outcome.err, "warning: config.json: /linux/mountLabel: SELinux is not enabled"), outcome);
}

BOOST_AUTO_TEST_SUITE_END()
