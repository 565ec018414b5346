// Bind mounts of symbolic links and onto them: copy-symlink, src-nofollow, dest-nofollow.
#include <filesystem>

#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "mount_line.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace spec = ocikit::spec;
namespace fs = std::filesystem;

namespace {

// With both: what the command opens for an init in a user namespace is not what init opens itself.
void toggle_user_namespace(spec::Config& config, bool wanted) {
    auto& linux = *config.linux;
    std::erase_if(linux.namespaces,
                  [](const spec::Namespace& one) { return one.type == spec::NamespaceType::user; });
    linux.uidMappings.clear();
    linux.gidMappings.clear();
    if (!wanted)
        return;
    linux.namespaces.push_back({spec::NamespaceType::user, {}});
    linux.uidMappings = {{0, 0, 1000}};
    linux.gidMappings = {{0, 0, 1000}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mount_links)

CONTAINER_TEST(a_link_is_copied) {
    const std::string link = directory().path() + "-link";
    fs::create_symlink("nowhere/at/all", link);
    for (const bool user : {false, true})
        for (const char* const propagation : {"rprivate", "rslave"}) {
            toggle_user_namespace(bundle.config, user);
            bundle.config.mounts.resize(7);
            bundle.add_mount("/a/link", "bind", link, {"rbind", propagation, "copy-symlink"});
            bundle.add_mount("/data", "bind", "/etc/passwd", {"rbind", propagation, "copy-symlink", "ro"});
            const Outcome outcome = run_script("readlink /a/link; head -c 5 /data; cat /proc/self/mountinfo");
            BOOST_TEST(outcome.out.starts_with("nowhere/at/all\nroot:"), outcome);
            BOOST_TEST(mount_on(outcome.out, "/data").has_option("ro"), outcome);
            // again: the link is there now
            BOOST_TEST(run_script("readlink /a/link").out == "nowhere/at/all\n");
            fs::remove_all(bundle.rootfs("/a"));
        }
    bundle.directory().write("rootfs/a/link", "something else");
    const Outcome outcome = run_script("true");
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, "something else than a link to \"nowhere/at/all\" is there"), outcome);
    fs::remove_all(bundle.rootfs("/a"));
    bundle.config.process->args = {"/none"};
    BOOST_TEST(run().status == 1);
    BOOST_TEST(!fs::exists(bundle.rootfs("/a")), "what was made is taken back");
    fs::remove(link);
}

CONTAINER_TEST(links_are_mounted_and_mounted_onto) {
    bundle.directory().write("target", "content");
    const std::string link = bundle.directory().path("link"), target = bundle.directory().path("target");
    fs::create_symlink("target", link);
    fs::create_symlink("leads/nowhere", bundle.rootfs("/there"));
    for (const bool user : {false, true}) {
        toggle_user_namespace(bundle.config, user);
        bundle.config.mounts.resize(7);
        // the file onto the link itself, not onto what it leads to
        bundle.add_mount("/there", "bind", link, {"bind", "dest-nofollow"});
        bundle.add_mount("/file", "bind", target, {"bind", "dest-nofollow", "src-nofollow"});
        const Outcome file = run_script("cat /there /file; ls /leads");
        BOOST_TEST(file.out == "contentcontent", file);
        BOOST_TEST(has(file.err, "/leads: No such file"), file);
        // the link itself onto the link
        bundle.config.mounts.resize(7);
        bundle.add_mount("/there", "bind", link, {"bind", "dest-nofollow", "src-nofollow"});
        const Outcome both = run_script("readlink /there");
        BOOST_TEST(both.out == "target\n", both);
    }
    BOOST_TEST(fs::read_symlink(bundle.rootfs("/there")) == "leads/nowhere");
    BOOST_TEST(!fs::exists(bundle.rootfs("/leads")));
    // not even so below /proc
    fs::create_symlink("/proc", bundle.rootfs("/p"));
    bundle.config.mounts.resize(7);
    bundle.add_mount("/p/self", "bind", link, {"bind", "dest-nofollow", "src-nofollow"});
    const Outcome outcome = run_script("true");
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, "a symbolic link leads into a procfs"), outcome);
}

CONTAINER_TEST(a_copy_of_the_root_filesystem_in_memory) {
    fs::permissions(bundle.rootfs(), fs::perms(0711));
    bundle.config.mounts.insert(bundle.config.mounts.begin(),
                                {"/", "tmpfs", "root", {"tmpcopyup", "size=64m"}, {}, {}});
    const Outcome outcome = run_script("stat -c %a /; touch /new && ls /new; cat /proc/self/mountinfo");
    BOOST_TEST(outcome.out.starts_with("711\n/new\n"), outcome);
    BOOST_TEST(mount_on(outcome.out, "/").type == "tmpfs", outcome);
    BOOST_TEST(!fs::exists(bundle.rootfs("/new")));
}

BOOST_AUTO_TEST_SUITE_END()
