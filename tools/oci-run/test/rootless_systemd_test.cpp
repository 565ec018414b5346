// Limits of an ordinary user's containers, and the units that the user's own systemd makes.
#include <cstdlib>
#include <unistd.h>
#include <utility>

#include <boost/test/unit_test.hpp>

#include "limits.hpp"
#include "rootless.hpp"
#include "systemd_units.hpp"

using namespace ocikit;
using namespace ocikit::run::test;

BOOST_AUTO_TEST_SUITE(rootless_limits)

BOOST_AUTO_TEST_CASE(of_a_delegated_cgroup) {
    if (const std::string reason = why_not_rootless(); !reason.empty())
        return ocikit::test::skip(reason);
    if (!has_delegated_cgroup())
        return ocikit::test::skip("there is no cgroup v2 of this user's");
    LimitsTest limits;
    make_rootless(limits.bundle);
    limits.check_all(false);
}

BOOST_AUTO_TEST_CASE(of_a_unit_of_the_users_systemd) {
    if (const std::string reason = why_no_units(Systemd::users); !reason.empty())
        return ocikit::test::skip(reason);
    LimitsTest limits;
    make_rootless(limits.bundle);
    limits.options = {"--systemd-cgroup"};
    limits.after_create = [reloaded = false]() mutable {  // once: it takes long
        if (!std::exchange(reloaded, true))
            BOOST_TEST(Child({"systemctl", "--user", "daemon-reload"}).wait().status == 0);
    };
    limits.check_all(false);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rootless_systemd)

SYSTEMD_TEST(users, a_scope_of_the_users) {
    bundle.config.linux->cgroupsPath = "ocikittest.slice:p:" + id();
    bundle.config.linux->resources.emplace().pids.emplace().limit = 44;
    bundle.config.linux->resources->memory.emplace().limit = 64 << 20;
    bundle.config.annotations["org.systemd.property.TimeoutStopSec"] = "uint64 7";
    bundle.set_script("sleep 1000");
    bundle.write();
    BOOST_REQUIRE_EQUAL(oci_run(with(create_words())).err, "");
    BOOST_TEST(property(scope, "Slice") == "ocikittest.slice");
    BOOST_TEST(property(scope, "TasksMax") == "44");
    BOOST_TEST(property(scope, "MemoryMax") == "67108864");
    BOOST_TEST(property(scope, "TimeoutStopUSec") == "7s");
    const std::string cgroup = read_file("/proc/" + std::to_string(init_pid()) + "/cgroup");
    BOOST_TEST(has(cgroup, "/user@" + std::to_string(::geteuid()) + ".service/ocikittest.slice/" + scope),
               cgroup);
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(oci_run({"update", "--pids-limit", "33", id()}).err == "");
    BOOST_TEST(property(scope, "TasksMax") == "33");
    BOOST_TEST(oci_run({"exec", id(), "true"}).status == 0);
    BOOST_TEST(oci_run({"pause", id()}).err == "");
    BOOST_TEST(state() == "paused");
    BOOST_TEST(oci_run({"resume", id()}).err == "");
    BOOST_TEST(oci_run({"delete", "--force", id()}).err == "");
}

SYSTEMD_TEST(users, the_default_unit_and_failures) {
    scope = "oci-run-" + id() + ".scope";
    bundle.set_script("sleep 1000");
    bundle.write();
    BOOST_REQUIRE_EQUAL(oci_run(with(run_words({"--detach"}))).err, "");
    BOOST_TEST(property(scope, "Slice") == "user.slice");
    BOOST_TEST(oci_run({"delete", "--force", id()}).err == "");
    bundle.config.process->args = {"/no/such/program"};
    bundle.write();
    BOOST_TEST(has(oci_run(with(run_words())).err, "/no/such/program"));
    BOOST_TEST(property(scope, "ActiveState") == "inactive");
    bundle.set_script("true");
    bundle.write();
    const ChildOptions nobody{.input = "/dev/null", .before_exec = [] {
                                  ::unsetenv("DBUS_SESSION_BUS_ADDRESS");
                                  ::setenv("XDG_RUNTIME_DIR", "/nowhere", 1);
                              }};
    const Outcome unreachable = oci_run(with(run_words()), nobody);
    BOOST_TEST(unreachable.status == 1);
    BOOST_TEST(has(unreachable.err, "--systemd-cgroup: reach the user's systemd: "), unreachable);
    BOOST_TEST(has(unreachable.err, "loginctl enable-linger"), unreachable);
}

BOOST_AUTO_TEST_SUITE_END()
