// The generated bundle runs unmodified in the runtimes that are installed.
#include <filesystem>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "support/run_program.hpp"
#include "support/skip.hpp"
#include "support/temp_dir.hpp"

namespace {

using ocikit::test::run_program;

void check_runs_in(const std::string& runtime) {
    if (::geteuid() != 0)
        return ocikit::test::skip("it needs root");
    if (run_program({runtime, "--version"}).status != 0)
        return ocikit::test::skip(runtime + " is not installed");
    const std::string busybox = "/bin/busybox";
    if (!std::filesystem::exists(busybox))
        return ocikit::test::skip(busybox + " is not there");
    const ocikit::test::TempDir bundle;
    std::filesystem::create_directories(bundle.path("rootfs/bin"));
    std::filesystem::copy_file(busybox, bundle.path("rootfs/bin/sh"));
    BOOST_TEST_REQUIRE(run_program({OCIKIT_PROGRAM, "-o", bundle.path(), "-e", "A=b c", "-u", "65534:65534",
                                    "--cwd", "/dev", "--hostname", "web", "--", "sh", "-c",
                                    "read host </proc/sys/kernel/hostname; echo $host $A $PWD; exit 7"})
                           .status == 0);
    const std::string id = std::filesystem::path(bundle.path()).filename().string();
    const auto outcome = run_program({runtime, "run", "--bundle", bundle.path(), id});
    if (outcome.err.find("hybrid") != std::string::npos)
        return ocikit::test::skip(runtime + " refuses this machine's hybrid cgroup layout");
    BOOST_TEST(outcome.status == 7, outcome.err);
    BOOST_TEST(outcome.out == "web b c /dev\n");
}

}  // namespace

BOOST_AUTO_TEST_CASE(runs_in_runc) {
    check_runs_in("runc");
}
BOOST_AUTO_TEST_CASE(runs_in_crun) {
    check_runs_in("crun");
}
