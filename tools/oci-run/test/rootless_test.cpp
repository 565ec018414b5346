// Containers of an ordinary user, and of root of a user namespace: run where the tests
// themselves are an ordinary user's.
#include "rootless.hpp"

#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

using namespace ocikit::run::test;
namespace spec = ocikit::spec;
namespace fs = std::filesystem;
using Type = spec::NamespaceType;

BOOST_AUTO_TEST_SUITE(rootless)

ROOTLESS_TEST(a_user_maps_itself) {
    const Outcome outcome = run_script(
        "id -u; id -g; cat /proc/self/setgroups; touch /tmp/file; stat -c %u /dev/pts/ptmx; ip link show lo "
        "| grep "
        "-c UP; hostname; echo x > /dev/null; echo $$");
    BOOST_TEST(outcome.out == "0\n0\ndeny\n0\n1\ninside\n1\n", outcome);
    struct stat st {};
    BOOST_TEST(::stat(bundle.rootfs("/tmp/file").c_str(), &st) == 0);
    BOOST_TEST(st.st_uid == ::geteuid());
}

ROOTLESS_TEST(groups_are_denied_with_reason) {
    bundle.config.process->user = spec::User{0, 0, {}, {0}, {}};
    BOOST_TEST(run_script("true").status == 0);
    bundle.config.linux->gidMappings = {{0, ::getegid(), 1}};
    bundle.config.process->user = spec::User{0, 0, {}, {5}, {}};
    const Outcome unmapped = run_script("true");
    BOOST_TEST(has(unmapped.err, "/process/user/additionalGids/0: the ID 5 is not mapped"), unmapped);
}

ROOTLESS_TEST(other_ids_come_from_newuidmap) {
    const spec::IdMapping uids = subordinate("/etc/subuid"), gids = subordinate("/etc/subgid");
    auto& linux = *bundle.config.linux;
    linux.uidMappings.push_back(uids);
    linux.gidMappings.push_back(gids);
    if (uids.size == 0 || gids.size == 0 || !is_installed("newuidmap"))
        return ocikit::test::skip("no subordinate ids for this user, or no newuidmap");
    bundle.config.process->user = spec::User{7, 8, {}, {9}, {}};
    const Outcome outcome = run_script("id -u; id -g; id -G; cat /proc/self/setgroups");
    BOOST_TEST(outcome.out == "7\n8\n8 9\nallow\n", outcome);
    const Outcome owner = [&] {
        bundle.config.process->user = spec::User{0, 0, {}, {}, {}};
        return run_script("touch /dev/shm/f; chown 5:5 /dev/shm/f; stat -c %u:%g /dev/shm/f");
    }();
    BOOST_TEST(owner.out == "5:5\n", owner);

    linux.uidMappings = {{0, ::geteuid(), 1}, {1, 1, 1}};
    const Outcome foreign = run_script("true");
    BOOST_TEST(foreign.status == 1);
    BOOST_TEST(has(foreign.err, "config.json: /linux/uidMappings: "), foreign);
    BOOST_TEST(has(foreign.err, "newuidmap: "), foreign);
    BOOST_TEST(has(foreign.err, "/etc/subuid has to have ranges for it"), foreign);
    const ChildOptions without{.input = "/dev/null", .before_exec = [] { ::setenv("PATH", "/none", 1); }};
    const Outcome missing = run({}, without);
    BOOST_TEST(has(missing.err, "/linux/uidMappings: newuidmap: not found in $PATH (package uidmap)"),
               missing);
}

ROOTLESS_TEST(without_a_user_namespace_the_error_says_what_to_do) {
    auto& linux = *bundle.config.linux;
    linux.namespaces.pop_back();
    linux.uidMappings.clear();
    linux.gidMappings.clear();
    const Outcome outcome = run_script("true");
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, "or a new user namespace among them"), outcome);
}

ROOTLESS_TEST(a_delegated_cgroup_is_used) {
    if (!has_delegated_cgroup())
        return ocikit::test::skip("there is no cgroup v2 of this user's");
    auto& resources = bundle.config.linux->resources.emplace();
    resources.pids.emplace().limit = 77;
    for (auto& mount : bundle.config.mounts)
        if (mount.destination == "/sys/fs/cgroup")
            mount.options = {"rw"};
    const std::string above = fs::path(own_cgroup()).parent_path();
    const Outcome outcome = run_script(
        "cat /proc/self/cgroup /sys/fs/cgroup/pids.max; mkdir /sys/fs/cgroup/inner; stat -c %u "
        "/sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/pids.max; echo 1 > /sys/fs/cgroup/inner/cgroup.procs && "
        "cat /proc/self/cgroup");
    BOOST_TEST(outcome.out == "0::/\n77\n0\n0\n0::/inner\n", outcome);
    bundle.set_script("exec sleep 1000");
    bundle.write();
    BOOST_TEST(oci_run(create_words()).status == 0);
    const std::string path = read_file("/proc/" + std::to_string(init_pid()) + "/cgroup");
    BOOST_TEST(path == "0::" + (above == "/" ? "" : above) + "/oci-run-" + id() + "\n", path);
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(oci_run({"exec", id(), "/bin/cat", "/proc/self/cgroup"}).out == "0::/\n");
    BOOST_TEST(oci_run({"kill", "--all", id(), "KILL"}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
    bundle.config.linux->cgroupsPath = "/oci-run-not-this-users";
    const Outcome foreign = run_script("true");
    BOOST_TEST(has(foreign.err, "/sys/fs/cgroup/oci-run-not-this-users: make the cgroup: permission denied"),
               foreign);
}

ROOTLESS_TEST(without_a_cgroup_it_goes_on_until_something_is_asked_of_one) {
    if (has_delegated_cgroup())
        return ocikit::test::skip("this user has a cgroup");
    BOOST_TEST(run_script("echo ran").out == "ran\n", run_script("true"));
    bundle.config.linux->cgroupsPath = "named";
    BOOST_TEST(has(run_script("true").err, "config.json: /linux/cgroupsPath: there is no cgroup in which"));
    bundle.config.linux->cgroupsPath.reset();
    bundle.config.linux->resources.emplace().pids.emplace().limit = 77;
    const Outcome limited = run_script("true");
    BOOST_TEST(has(limited.err, "config.json: /linux/resources: "), limited);
}

ROOTLESS_TEST(with_the_hosts_network_sys_is_the_hosts) {
    std::erase_if(bundle.config.linux->namespaces,
                  [](const spec::Namespace& one) { return one.type == Type::network; });
    const auto check = [&] {
        const Outcome outcome = run_script("readlink /proc/self/ns/net; ls -d /sys/class/net/lo");
        BOOST_TEST(outcome.out == fs::read_symlink("/proc/self/ns/net").string() + "\n/sys/class/net/lo\n",
                   outcome);
    };
    check();
    for (auto& mount : bundle.config.mounts)
        if (mount.destination == "/sys")
            mount = {"/sys", "bind", "/sys", {"rbind", "nosuid", "noexec", "nodev", "ro"}, {}, {}};
    std::erase_if(bundle.config.mounts,
                  [](const spec::Mount& mount) { return mount.destination == "/sys/fs/cgroup"; });
    check();
}

ROOTLESS_TEST(a_lower_oom_score_is_a_warning) {
    bundle.config.process->oomScoreAdj = 400;
    BOOST_TEST(run_script("cat /proc/self/oom_score_adj").out == "400\n");
    bundle.config.process->oomScoreAdj = -400;
    const Outcome outcome = run_script("cat /proc/self/oom_score_adj");
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(outcome.out == read_file("/proc/self/oom_score_adj"), outcome);
    BOOST_TEST(has(outcome.err, "/process/oomScoreAdj: stays as it is"), outcome);
}

ROOTLESS_TEST(the_state_is_in_the_users_own_directory) {
    const TempDir runtime;
    const ChildOptions options{
        .input = "/dev/null", .before_exec = [&] { ::setenv("XDG_RUNTIME_DIR", runtime.path().c_str(), 1); }};
    bundle.set_script("exec sleep 1000");
    bundle.write();
    BOOST_TEST(Child({OCIKIT_OCI_RUN, "create", "-b", bundle.path(), id()}, options).wait().status == 0);
    BOOST_TEST(fs::exists(runtime.path("oci-run/" + id() + "/state.json")));
    const Outcome listed = Child({OCIKIT_OCI_RUN, "list"}, options).wait();
    BOOST_TEST(has(listed.out, id()), listed);
    BOOST_TEST(Child({OCIKIT_OCI_RUN, "delete", "--force", id()}, options).wait().status == 0);
    BOOST_TEST(!fs::exists(runtime.path("oci-run/" + id())));
}

// As conmon starts it for podman: in podman's user namespace, without $USER.
ROOTLESS_TEST(the_state_of_root_in_a_user_namespace_is_there_too) {
    const TempDir runtime;
    const struct {
        const char* user;
        bool in_runtime_directory;
    } cases[] = {{nullptr, true}, {"someone", true}, {"root", false}};
    for (const auto& [user, in_runtime_directory] : cases) {
        const ChildOptions options{.input = "/dev/null", .before_exec = [&, user = user] {
                                       ::setenv("XDG_RUNTIME_DIR", runtime.path().c_str(), 1);
                                       user ? ::setenv("USER", user, 1) : ::unsetenv("USER");
                                   }};
        const Outcome outcome =
            Child({"unshare", "--user", "--map-root-user", OCIKIT_OCI_RUN, "state", "none"}, options).wait();
        const std::string root = in_runtime_directory ? runtime.path("oci-run") : "/run/oci-run";
        BOOST_TEST(has(outcome.err, "no state in " + root), outcome);
    }
}

// As `podman unshare` and `unshare -r` have it.
ROOTLESS_TEST(root_of_a_user_namespace_is_enough) {
    bundle.config.linux->uidMappings = bundle.config.linux->gidMappings = {{0, 0, 1}};
    bundle.set_script("id -u; hostname; echo x > /dev/null; cat /proc/self/uid_map");
    bundle.write();
    std::vector<std::string> words{"unshare", "--user", "--map-root-user"};
    for (const auto& word : command(run_words()))
        words.push_back(word);
    const Outcome outcome = Child(words).wait();
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(outcome.out.starts_with("0\ninside\n"), outcome);
    // and without a further one
    bundle.config.linux->namespaces.pop_back();
    bundle.config.linux->uidMappings.clear();
    bundle.config.linux->gidMappings.clear();
    bundle.write();
    const Outcome plain = Child(words).wait();
    BOOST_TEST(plain.status == 0, plain);
    BOOST_TEST(plain.out.starts_with("0\ninside\n"), plain);
}

BOOST_AUTO_TEST_SUITE_END()
