// The profiles, and what becomes of their seccomp policy.
#include "oci-gen/profile.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "oci-gen/command_line.hpp"
#include "oci-gen/gen.hpp"
#include "oci-gen/text_diff.hpp"

namespace cli = ocikit::cli;
namespace gen = ocikit::gen;
namespace spec = ocikit::spec;

namespace {

gen::Draft drafted(const std::vector<const char*>& words) {
    return gen::make_config(cli::parse(gen::command_line(), words).arguments, "/nowhere");
}

spec::Config made(const std::vector<const char*>& words) {
    return drafted(words).config();
}

// The action of the last rule without arguments for a system call.
std::string action(const spec::Config& config, const std::string& name) {
    std::string found = "default";
    for (const spec::Syscall& call : config.linux->seccomp->syscalls)
        if (call.args.empty() && std::find(call.names.begin(), call.names.end(), name) != call.names.end())
            found = spec::to_text(call.action);
    return found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_profile_is_valid_and_told_about) {
    const std::string list = gen::profile_list();
    BOOST_TEST(std::count(list.begin(), list.end(), '\n') == 7);
    for (const char* name :
         {"default", "docker", "podman", "minimal", "hardened", "rootless", "privileged"}) {
        BOOST_TEST(list.find("\n" + std::string(name) + ' ') + 1 + list.starts_with(name) > 0u, name);
        const gen::Draft draft = drafted({"--profile", name});
        BOOST_TEST(!gen::checked_text(draft).empty(), name);
        BOOST_TEST(draft.text() == drafted({"--profile", name}).text());
    }
    BOOST_CHECK_EXCEPTION(made({"--profile", "seccomp"}), cli::UsageError, [](const cli::UsageError& error) {
        return std::string(error.what()) ==
               "option '--profile': there is no profile \"seccomp\", expected default, docker, podman, "
               "minimal, "
               "hardened, rootless or privileged";
    });
    BOOST_CHECK_THROW(made({"--profile", "docker", "--template", "x"}), cli::UsageError);
}

BOOST_AUTO_TEST_CASE(profiles_keep_their_promises) {
    BOOST_TEST(made({"--profile", "docker"}).process->capabilities->bounding.size() == 14u);
    BOOST_TEST(made({"--profile", "podman"}).process->capabilities->bounding.size() == 11u);
    BOOST_TEST(made({"--profile", "podman"}).linux->resources->pids->limit == 2048);
    const spec::Config hardened = made({"--profile", "hardened"});
    BOOST_TEST(hardened.process->capabilities->bounding.empty());
    BOOST_TEST(*hardened.process->noNewPrivileges);
    BOOST_TEST(*hardened.process->user->uid == 65534u);
    BOOST_TEST(*hardened.root->readonly);
    const spec::Config rootless = made({"--profile", "rootless"});
    BOOST_TEST(rootless.linux->uidMappings.size() == 1u);
    BOOST_TEST(!rootless.linux->resources);
    for (const spec::Mount& mount : rootless.mounts) {
        BOOST_TEST(*mount.type != "cgroup");
        BOOST_TEST(*mount.type != "sysfs");
        for (const std::string& option : mount.options)
            BOOST_TEST(!option.starts_with("gid="));
    }
    const spec::Config privileged = made({"--profile", "privileged"});
    BOOST_TEST(privileged.process->capabilities->effective.size() > 30u);
    BOOST_TEST(!privileged.linux->seccomp);
    BOOST_TEST(privileged.linux->maskedPaths.empty());
    BOOST_TEST(privileged.linux->resources->devices.at(0).allow);
}

BOOST_AUTO_TEST_CASE(the_policy_follows_the_capabilities) {
    struct Row {
        std::vector<const char*> words;
        std::string mount, chroot, reboot, add_key;
    };
    for (const Row& row : std::vector<Row>{
             {{}, "SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO"},
             {{"--cap-add", "SYS_ADMIN"},
              "SCMP_ACT_ALLOW",
              "SCMP_ACT_ALLOW",
              "SCMP_ACT_ERRNO",
              "SCMP_ACT_ERRNO"},
             {{"--cap-drop", "all"}, "SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO"},
             {{"--cap-add", "ALL"},
              "SCMP_ACT_ALLOW",
              "SCMP_ACT_ALLOW",
              "SCMP_ACT_ALLOW",
              "SCMP_ACT_ERRNO"}}) {
        std::vector<const char*> words = row.words;
        words.insert(words.end(), {"--profile", "docker"});
        const spec::Config config = made(words);
        BOOST_TEST(action(config, "mount") == row.mount);
        BOOST_TEST(action(config, "chroot") == row.chroot);
        BOOST_TEST(action(config, "reboot") == row.reboot);
        BOOST_TEST(action(config, "add_key") == row.add_key);
        BOOST_TEST(action(config, "read") == "SCMP_ACT_ALLOW");
    }
    BOOST_TEST(!made({"--profile", "docker", "--security-opt", "seccomp=unconfined"}).linux->seccomp);
    BOOST_TEST(!made({"--profile", "docker", "--privileged"}).linux->seccomp);
    BOOST_TEST(made({"--security-opt", "seccomp=default"}).linux->seccomp.has_value());
    // what an edit has made of it stays, unless capabilities change afterwards
    BOOST_TEST((made({"--profile", "docker", "--set", "/linux/seccomp/syscalls=[]", "-e", "A=1"})
                    .linux->seccomp->syscalls.empty()));
}

BOOST_AUTO_TEST_CASE(differences_are_those_of_diff) {
    BOOST_TEST(gen::unified_diff("a\nb\n", "a\nb\n", "x", "y") == "");
    BOOST_TEST(gen::unified_diff("a\nb\nc\n", "a\nB\nc\n", "x", "y") ==
               "--- x\n+++ y\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
    BOOST_TEST(gen::unified_diff("", "a\n", "x", "y") == "--- x\n+++ y\n@@ -0,0 +1 @@\n+a\n");
    BOOST_TEST(gen::unified_diff("a\n", "", "x", "y") == "--- x\n+++ y\n@@ -1 +0,0 @@\n-a\n");
    BOOST_TEST(gen::unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\n6\n7\n8\n", "x", "y") ==
               "--- x\n+++ y\n@@ -6,4 +6,3 @@\n 6\n 7\n 8\n-9\n");
    // seven lines between two changes: two hunks, six: one
    BOOST_TEST(gen::unified_diff("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n", "x", "y") ==
               "--- x\n+++ y\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
    BOOST_TEST(gen::unified_diff("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n", "x", "y") ==
               "--- x\n+++ y\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
}
