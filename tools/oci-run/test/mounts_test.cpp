// Every mount option, as the kernel shows it in the container: mountinfo's fields.
#include <filesystem>
#include <set>
#include <sys/mount.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/mount_option.hpp>

#include "containers.hpp"
#include "mount_line.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace spec = ocikit::spec;
namespace fs = std::filesystem;

namespace {

// A directory of the host with a mount below it, for the time of a test.
class HostTree {
  public:
    HostTree(const Bundle& bundle, unsigned long flags = 0) : path_(bundle.directory().path("tree")) {
        fs::create_directories(path_);
        BOOST_TEST_REQUIRE(::mount("top", path_.c_str(), "tmpfs", flags, "size=64k") == 0);
        BOOST_TEST_REQUIRE(::mount(nullptr, path_.c_str(), nullptr, MS_PRIVATE, nullptr) == 0);
        fs::create_directories(path_ + "/below");
        BOOST_TEST_REQUIRE(::mount("below", (path_ + "/below").c_str(), "tmpfs", flags, "size=64k") == 0);
    }
    HostTree(const HostTree&) = delete;
    HostTree& operator=(const HostTree&) = delete;
    ~HostTree() { ::umount2(path_.c_str(), MNT_DETACH); }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

constexpr const char* show = "cat /proc/self/mountinfo";

}  // namespace

BOOST_AUTO_TEST_SUITE(mounts)

// On a filesystem of the container's own: per mount, and of the filesystem as a whole.
CONTAINER_TEST(options_of_filesystems) {
    const struct {
        std::vector<std::string> options;
        const char* present;  // of the mount; "" for nothing
        const char* absent;
        const char* whole;  // of the filesystem
    } cases[] = {
        {{"ro"}, "ro", "rw", ""},
        {{"ro", "rw"}, "rw", "ro", ""},
        {{"rro"}, "ro", "rw", ""},
        {{"ro", "rrw"}, "rw", "ro", ""},
        {{"rrw", "ro"}, "ro", "rw", ""},
        {{"nosuid"}, "nosuid", "", ""},
        {{"nosuid", "suid"}, "", "nosuid", ""},
        {{"rnosuid"}, "nosuid", "", ""},
        {{"nodev"}, "nodev", "", ""},
        {{"nodev", "dev"}, "", "nodev", ""},
        {{"rnodev"}, "nodev", "", ""},
        {{"noexec"}, "noexec", "", ""},
        {{"noexec", "exec"}, "", "noexec", ""},
        {{"rnoexec"}, "noexec", "", ""},
        {{"noatime"}, "noatime", "relatime", ""},
        {{"noatime", "atime"}, "relatime", "noatime", ""},
        {{"rnoatime"}, "noatime", "relatime", ""},
        {{"relatime"}, "relatime", "", ""},
        {{"norelatime"}, "relatime", "", ""},
        {{"strictatime"}, "", "relatime", ""},
        {{"strictatime", "nostrictatime"}, "relatime", "", ""},
        {{"rstrictatime"}, "", "relatime", ""},
        {{"rstrictatime", "rnostrictatime"}, "relatime", "", ""},
        {{"rrelatime"}, "relatime", "", ""},
        {{"rnorelatime"}, "relatime", "", ""},
        {{"nodiratime"}, "nodiratime", "", ""},
        {{"nodiratime", "diratime"}, "", "nodiratime", ""},
        {{"rnodiratime"}, "nodiratime", "", ""},
        {{"rnodiratime", "rdiratime"}, "", "nodiratime", ""},
        {{"nosymfollow"}, "nosymfollow", "", ""},
        {{"nosymfollow", "symfollow"}, "", "nosymfollow", ""},
        {{"rnosymfollow"}, "nosymfollow", "", ""},
        {{"rnosymfollow", "rsymfollow"}, "", "nosymfollow", ""},
        {{"rnosuid", "rsuid", "rnodev", "rdev", "rnoexec", "rexec", "rnoatime", "ratime"},
         "relatime",
         "nosuid",
         ""},
        {{"sync"}, "", "", "sync"},
        {{"dirsync"}, "", "", "dirsync"},
        {{"lazytime"}, "", "", "lazytime"},
        {{"mand"}, "", "", "mand"},
        {{"sync", "async", "lazytime", "nolazytime", "mand", "nomand"}, "rw", "", "rw"},
        {{"iversion"}, "rw", "", "size=64k"},
        {{"iversion", "sync", "nosuid"}, "nosuid", "", "sync"},
        {{"noiversion"}, "rw", "", "size=64k"},
        {{"silent"}, "rw", "", "size=64k"},
        {{"silent", "ro", "noexec", "lazytime"}, "noexec", "rw", "lazytime"},
        {{"loud"}, "rw", "", "size=64k"},
        {{"defaults"}, "rw", "", "size=64k"},
        {{"nr_inodes=8,mode=700"}, "rw", "", "mode=700"},
    };
    for (const auto& test : cases) {
        std::string shown;
        for (const auto& option : test.options)
            shown += option + " ";
        auto options = test.options;
        options.push_back("size=64k");
        bundle.config.mounts.resize(7);
        bundle.add_mount("/t", "tmpfs", "name", options);
        const Outcome outcome = run_script(show);
        const MountLine line = mount_on(outcome.out, "/t");
        BOOST_TEST_CONTEXT(shown << "→ " << line << outcome.err) {
            BOOST_TEST(outcome.status == 0);
            BOOST_TEST(line.source == "name");
            if (*test.present)
                BOOST_TEST(line.has_option(test.present));
            if (*test.absent)
                BOOST_TEST(!line.has_option(test.absent));
            if (*test.whole)
                BOOST_TEST(line.has_filesystem_option(test.whole));
        }
    }
}

// Of a bind mount of a tree: the mount, and the one below it.
CONTAINER_TEST(options_of_bind_mounts) {
    const struct {
        const char* option;
        unsigned long flags;  // of the source
        const char* word;     // of mountinfo
        bool top, below;      // whether they have it
    } cases[] = {
        {"ro", 0, "ro", true, false},
        {"rro", 0, "ro", true, true},
        {"rrw", 0, "rw", true, true},
        {"nosuid", 0, "nosuid", true, false},
        {"rnosuid", 0, "nosuid", true, true},
        {"suid", MS_NOSUID, "nosuid", false, true},
        {"rsuid", MS_NOSUID, "nosuid", false, false},
        {"nodev", 0, "nodev", true, false},
        {"rnodev", 0, "nodev", true, true},
        {"dev", MS_NODEV, "nodev", false, true},
        {"rdev", MS_NODEV, "nodev", false, false},
        {"noexec", 0, "noexec", true, false},
        {"rnoexec", 0, "noexec", true, true},
        {"exec", MS_NOEXEC, "noexec", false, true},
        {"rexec", MS_NOEXEC, "noexec", false, false},
        {"noatime", 0, "noatime", true, false},
        {"rnoatime", 0, "noatime", true, true},
        {"atime", MS_NOATIME, "noatime", false, true},
        {"ratime", MS_NOATIME, "noatime", false, false},
        {"strictatime", 0, "relatime", false, true},
        {"rstrictatime", 0, "relatime", false, false},
        {"nostrictatime", MS_STRICTATIME, "relatime", true, false},
        {"rnostrictatime", MS_STRICTATIME, "relatime", true, true},
        {"relatime", MS_NOATIME, "relatime", true, false},
        {"rrelatime", MS_NOATIME, "relatime", true, true},
        {"norelatime", MS_NOATIME, "noatime", true, true},
        {"rnorelatime", MS_NOATIME, "noatime", true, true},
        {"nodiratime", 0, "nodiratime", true, false},
        {"rnodiratime", 0, "nodiratime", true, true},
        {"diratime", MS_NODIRATIME, "nodiratime", false, true},
        {"rdiratime", MS_NODIRATIME, "nodiratime", false, false},
        {"nosymfollow", 0, "nosymfollow", true, false},
        {"rnosymfollow", 0, "nosymfollow", true, true},
        {"symfollow", 0, "nosymfollow", false, false},
        {"rsymfollow", 0, "nosymfollow", false, false},
        {"async", MS_NOSUID, "nosuid", true, true},
        {"nolazytime", MS_NOSUID, "nosuid", true, true},
        {"nomand", MS_NOSUID, "nosuid", true, true},
        {"noiversion", MS_NOSUID, "nosuid", true, true},
        {"silent", MS_NOSUID, "nosuid", true, true},
        {"loud", MS_NOSUID, "nosuid", true, true},
        {"defaults", MS_NOSUID, "nosuid", true, true},
    };
    for (const auto& test : cases) {
        const HostTree tree(bundle, test.flags);
        bundle.config.mounts.resize(7);
        bundle.add_mount("/b", "none", tree.path(), {"rbind", test.option});
        const Outcome outcome = run_script(show);
        BOOST_TEST_CONTEXT(test.option << ": " << outcome) {
            BOOST_TEST(mount_on(outcome.out, "/b").has_option(test.word) == test.top);
            BOOST_TEST(mount_on(outcome.out, "/b/below").has_option(test.word) == test.below);
        }
    }
}

CONTAINER_TEST(bind_mounts_are_of_trees_or_not) {
    const HostTree tree(bundle);
    bundle.add_mount("/one", "none", tree.path(), {"bind"});
    bundle.add_mount("/all", "bind", tree.path(), {"rbind", "bind"});
    const Outcome outcome = run_script(show);
    BOOST_TEST(mount_on(outcome.out, "/one").source == "top", outcome);
    BOOST_TEST(mount_on(outcome.out, "/one/below").source == "", outcome);
    BOOST_TEST(mount_on(outcome.out, "/all/below").source == "below", outcome);
}

// The tables above, and those of other properties, leave none out.
BOOST_AUTO_TEST_CASE(every_option_is_known) {
    std::set<std::string_view> names;
    for (const auto& option : ocikit::mount_options())
        names.insert(option.name);
    for (const char* const name :
         {"copy-symlink", "src-nofollow",   "dest-nofollow", "async",        "atime",
          "bind",         "defaults",       "dev",           "diratime",     "dirsync",
          "exec",         "idmap",          "iversion",      "lazytime",     "loud",
          "mand",         "noatime",        "nodev",         "nodiratime",   "noexec",
          "noiversion",   "nolazytime",     "nomand",        "norelatime",   "nostrictatime",
          "nosuid",       "nosymfollow",    "private",       "ratime",       "rbind",
          "rdev",         "rdiratime",      "relatime",      "remount",      "rexec",
          "ridmap",       "rnoatime",       "rnodev",        "rnodiratime",  "rnoexec",
          "rnorelatime",  "rnostrictatime", "rnosuid",       "rnosymfollow", "ro",
          "rprivate",     "rrelatime",      "rro",           "rrw",          "rshared",
          "rslave",       "rstrictatime",   "rsuid",         "rsymfollow",   "runbindable",
          "rw",           "shared",         "silent",        "slave",        "strictatime",
          "suid",         "symfollow",      "sync",          "tmpcopyup",    "unbindable"})
        BOOST_TEST(names.erase(name) == 1u, name);
    BOOST_TEST(names.empty());
}

CONTAINER_TEST(remount_changes_what_is_there) {
    bundle.add_mount("/t", "tmpfs", "t", {"nosuid", "size=64k"});
    bundle.add_mount("/t", "tmpfs", "t", {"remount", "ro", "size=128k"});
    bundle.add_mount("/dev/shm", "", "", {"remount", "bind", "noatime"});
    bundle.add_mount("/proc", "proc", "proc", {"remount", "nodev"});
    bundle.add_mount("/", "", "", {"remount", "nodev"});
    const Outcome outcome = run_script(show);
    BOOST_TEST(outcome.status == 0, outcome);
    const MountLine t = mount_on(outcome.out, "/t");
    BOOST_TEST(t.options == "ro,nosuid,relatime", t);
    BOOST_TEST(t.has_filesystem_option("size=128k"), t);
    BOOST_TEST(mount_on(outcome.out, "/dev/shm").has_option("noatime"), outcome);
    BOOST_TEST(mount_on(outcome.out, "/dev/shm").has_option("nosuid"), outcome);
    BOOST_TEST(mount_on(outcome.out, "/proc").has_option("nodev"), outcome);
    BOOST_TEST(mount_on(outcome.out, "/").has_option("nodev"), outcome);
}

CONTAINER_TEST(a_tmpfs_has_the_mode_of_its_directory) {
    fs::create_directories(bundle.rootfs("/there"));
    fs::permissions(bundle.rootfs("/there"), fs::perms(0712));
    bundle.add_mount("/there", "tmpfs", "t", {"ro"});
    bundle.add_mount("/new", "tmpfs", "t", {});
    bundle.add_mount("/given", "tmpfs", "t", {"mode=700"});
    BOOST_TEST(run_script("stat -c %a /there /new /given").out == "712\n1777\n700\n");
}

// As the caller has it who makes /dev read-only (docker run --read-only): after everything is in it.
CONTAINER_TEST(a_read_only_tmpfs_holds_what_is_mounted_in_it) {
    auto& device = bundle.config.linux->devices.emplace_back();
    device.type = "c";
    device.path = "/dev/extra/node";
    device.major = 1;
    device.minor = 3;
    for (auto& mount : bundle.config.mounts)
        if (mount.destination == "/dev")
            mount.options.push_back("ro");
    bundle.add_mount("/t", "tmpfs", "t", {"ro", "nosuid", "size=64k"});
    bundle.add_mount("/t/below", "tmpfs", "below", {"noexec"});
    const Outcome outcome = run_script(
        "cat /proc/self/mountinfo; ls /dev/extra /dev/null /dev/ptmx; touch /t/below/x; touch /dev/x /t/x; "
        "true");
    BOOST_TEST(outcome.status == 0, outcome);
    for (const char* const path : {"/dev", "/t"})
        BOOST_TEST(mount_on(outcome.out, path).has_option("ro"), outcome);
    BOOST_TEST(mount_on(outcome.out, "/t").has_option("nosuid"), outcome);
    for (const char* const path : {"/dev/pts", "/dev/shm", "/t/below"})
        BOOST_TEST(mount_on(outcome.out, path).has_option("rw"), outcome);
    BOOST_TEST(has(outcome.out, "/dev/extra:\nnode\n"), outcome);
    BOOST_TEST(has(outcome.err, "/dev/x: Read-only file system"), outcome);
    BOOST_TEST(has(outcome.err, "/t/x: Read-only file system"), outcome);
    BOOST_TEST(!has(outcome.err, "/t/below/x"), outcome);
}

CONTAINER_TEST(tmpcopyup_copies_what_is_there) {
    bundle.directory().write("rootfs/d/file", "content");
    bundle.directory().write("rootfs/d/deep/er/file", "deep");
    fs::create_symlink("../etc/none", bundle.rootfs("/d/link"));
    BOOST_TEST_REQUIRE(::mkfifo(bundle.rootfs("/d/pipe").c_str(), 0600) == 0);
    fs::permissions(bundle.rootfs("/d/file"), fs::perms(04751));
    BOOST_TEST_REQUIRE(::chown(bundle.rootfs("/d/deep").c_str(), 12, 34) == 0);
    fs::permissions(bundle.rootfs("/d"), fs::perms(0711));
    bundle.add_mount("/d", "tmpfs", "t", {"tmpcopyup", "size=64k"});
    bundle.add_mount("/fixed", "tmpfs", "t", {"tmpcopyup", "ro"});
    bundle.directory().write("rootfs/fixed/file", "fixed");
    const Outcome outcome = run_script(
        "cat /d/file /d/deep/er/file /fixed/file; echo; stat -c '%n %a %u:%g' /d /d/file /d/deep;"
        "readlink /d/link; stat -c %F /d/pipe; echo new > /d/file; rm /d/link; touch /fixed/no");
    BOOST_TEST(outcome.out ==
                   "contentdeepfixed\n/d 711 0:0\n/d/file 4751 0:0\n/d/deep 755 12:34\n../etc/none\nfifo\n",
               outcome);
    BOOST_TEST(has(outcome.err, "/fixed/no: Read-only file system"), outcome);
    BOOST_TEST(read_file(bundle.rootfs("/d/file")) == "content");
    BOOST_TEST(fs::is_symlink(bundle.rootfs("/d/link")));
}

CONTAINER_TEST(links_that_lead_nowhere_are_completed) {
    fs::create_symlink("../usr/share/zone/Rome", bundle.rootfs("/etc/localtime"));
    fs::create_symlink("/run", bundle.rootfs("/var-run"));
    bundle.add_mount("/etc/localtime", "bind", "/etc/passwd", {"bind", "ro"});
    bundle.add_mount("/var-run/secrets", "tmpfs", "t", {});
    const Outcome outcome = run_script(show);
    BOOST_TEST(mount_on(outcome.out, "/usr/share/zone/Rome").has_option("ro"), outcome);
    BOOST_TEST(mount_on(outcome.out, "/run/secrets").type == "tmpfs", outcome);
    fs::create_symlink("round", bundle.rootfs("/round"));
    bundle.add_mount("/round", "tmpfs", "t", {});
    const Outcome failed = run();
    BOOST_TEST(failed.status == 1);
    BOOST_TEST(has(failed.err, "mounts[9] (/round): "), failed);
    BOOST_TEST(has(failed.err, "too many levels of symbolic links"), failed);
}

CONTAINER_TEST(links_into_proc_are_refused) {
    fs::create_symlink("/proc/self/attr", bundle.rootfs("/attr"));
    fs::create_symlink("/proc", bundle.rootfs("/p"));
    fs::create_symlink("..", bundle.rootfs("/etc/top"));
    const std::pair<const char*, const char*> cases[] = {
        {"/attr", "a symbolic link leads into a procfs"},
        {"/p/sys", "a symbolic link leads into a procfs"},
        {"/p", "a symbolic link leads into a procfs"},
        {"/etc/top", "a symbolic link leads to the root directory itself"},
    };
    for (const auto& [destination, reason] : cases) {
        bundle.config.mounts.resize(7);
        bundle.add_mount(destination, "tmpfs", "t", {});
        const Outcome outcome = run();
        BOOST_TEST(outcome.status == 1);
        BOOST_TEST(has(outcome.err, std::string("mounts[7] (") + destination + "): "), outcome);
        BOOST_TEST(has(outcome.err, reason), outcome);
    }
    bundle.config.mounts.resize(7);
    bundle.add_mount("/proc", "bind", bundle.path(), {"bind"});
    BOOST_TEST(has(run().err, "is no procfs"));
    bundle.config.mounts.back() = {"/proc", "bind", "/proc", {"rbind", "ro"}, {}, {}};
    BOOST_TEST(run({}).status == 0);
    bundle.config.mounts.back() = {"/proc/uptime", "bind", "/etc/passwd", {"bind"}, {}, {}};
    BOOST_TEST(run_script("grep -c root: /proc/uptime").out == "1\n");
}

CONTAINER_TEST(the_root_can_be_mounted_onto) {
    Bundle other;
    other.directory().write("rootfs/here", "");
    bundle.config.mounts.insert(bundle.config.mounts.begin(),
                                {"/", "bind", other.rootfs(), {"rbind"}, {}, {}});
    bundle.config.linux->maskedPaths = {"/bin/busybox-none", "/proc/kcore"};
    const Outcome outcome = run_script("ls -d /here /dev/null /proc/self; stat -c %F /dev/ptmx");
    BOOST_TEST(outcome.out == "/dev/null\n/here\n/proc/self\nsymbolic link\n", outcome);
    BOOST_TEST(outcome.status == 0);
    // all that was made is in what was mounted
    BOOST_TEST(!fs::exists(bundle.rootfs("/proc")));
    bundle.config.root->readonly = true;
    BOOST_TEST(has(run_script("touch /x").err, "Read-only file system"));
    bundle.config.mounts.front() = {"/", "tmpfs", "t", {}, {}, {}};
    BOOST_TEST(has(run().err, "\"/bin/sh\" in the root filesystem: no such file or directory"));
}

CONTAINER_TEST(overlays) {
    const std::string base = bundle.directory().path("overlay");
    bundle.directory().write("overlay/lower/file", "lower");
    // longer than fsconfig(2) takes
    const std::string name(200, 'x');
    bundle.directory().write("overlay/" + name + "/long", "long");
    fs::create_directories(base + "/upper");
    fs::create_directories(base + "/work");
    bundle.add_mount("/o", "overlay", "overlay",
                     {"lowerdir=" + base + "/lower:" + base + "/" + name, "upperdir=" + base + "/upper",
                      "workdir=" + base + "/work", "nosuid"});
    const Outcome outcome = run_script("cat /o/file /o/long; touch /o/new; cat /proc/self/mountinfo");
    if (has(outcome.err, "doesn't have that filesystem"))
        return ocikit::test::skip("this kernel has no overlayfs");
    BOOST_TEST(outcome.out.starts_with("lowerlong"), outcome);
    BOOST_TEST(mount_on(outcome.out, "/o").has_option("nosuid"), outcome);
    BOOST_TEST(fs::exists(base + "/upper/new"));
    bundle.config.mounts.back().options.push_back("ro");
    const Outcome fixed = run_script("touch /o/other");
    BOOST_TEST(has(fixed.err, "Read-only file system"), fixed);
}

CONTAINER_TEST(what_cannot_be_mounted_is_told) {
    const std::string file = bundle.directory().write("file", "");
    const struct {
        spec::Mount mount;
        const char* message;
    } cases[] = {
        {{"/t", "tmpfs", "t", {"iversion", "sise=4"}, {}, {}}, "tmpfs filesystem: mount: invalid argument"},
        {{"/t", "nonefs", "t", {"silent"}, {}, {}}, "this kernel doesn't have that filesystem"},
        {{"/t", "tmpfs", "t", {"remount", "ro"}, {}, {}}, "nothing is mounted there"},
        {{"/none", "", "", {"remount", "ro"}, {}, {}}, "/none: open in the root filesystem: no such file"},
        {{"/b", "bind", file + "-none", {"slave"}, {}, {}}, "source: "},
        {{"/b", "bind", file, {"bind", "sync"}, {}, {}}, "\"sync\" is of the filesystem as a whole"},
        {{"/b", "bind", file, {"bind", "lazytime"}, {}, {}}, "\"lazytime\" is of the filesystem as a whole"},
        {{"/bin/sh", "bind", "/usr", {"bind"}, {}, {}},
         "/bin/sh: open the directory in the root filesystem: "},
        {{"/etc", "bind", file, {"bind"}, {}, {}},
         "/etc: open the file in the root filesystem: is a directory"},
    };
    fs::create_directories(bundle.rootfs("/t"));
    for (const auto& [mount, message] : cases) {
        bundle.config.mounts.resize(7);
        bundle.config.mounts.push_back(mount);
        bundle.write();
        const Outcome outcome = run();
        BOOST_TEST(outcome.status == 1);
        BOOST_TEST(has(outcome.err, message), outcome << "\n-- has not: " << message);
        check_nothing_is_left();
    }
}

BOOST_AUTO_TEST_SUITE_END()
