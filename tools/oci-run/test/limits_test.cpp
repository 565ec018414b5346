// Limits of containers, as root: limits.hpp.
#include "limits.hpp"

#include <filesystem>
#include <utility>

#include <boost/test/unit_test.hpp>

#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(of_a_cgroup_that_oci_run_makes) {
    if (const std::string reason = why_no_containers(); !reason.empty())
        return ocikit::test::skip(reason);
    LimitsTest limits;
    limits.check_all(true);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(systemd)  // one at a time with the others: a reload is everybody's

// systemd writes what it knows of the limits, when it is asked to and whenever it is reloaded.
BOOST_AUTO_TEST_CASE(limits_of_a_unit) {
    if (!fs::exists("/run/systemd/system"))
        return ocikit::test::skip("systemd doesn't run on this machine");
    if (const std::string reason = why_no_containers(); !reason.empty())
        return ocikit::test::skip(reason);
    LimitsTest limits;
    limits.options = {"--systemd-cgroup"};
    limits.bundle.config.linux->cgroupsPath = "ocikittest.slice:limits:" + limits.id();
    limits.after_create = [reloaded = false]() mutable {  // once: it takes long
        if (!std::exchange(reloaded, true))
            BOOST_TEST(Child({"systemctl", "daemon-reload"}).wait().status == 0);
    };
    limits.check_all(false);
}

BOOST_AUTO_TEST_SUITE_END()
