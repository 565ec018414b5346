// Containers that are held, and what still can be done with them.
#include <csignal>
#include <filesystem>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace spec = ocikit::spec;
namespace fs = std::filesystem;

namespace {

// A container whose file /count grows as long as it isn't held.
struct Counting : Containers {
    void start() {
        bundle.set_script(
            "trap 'echo term >> /log; exit 0' TERM; while true; do echo >> /count; sleep 0.01; done");
        bundle.write();
        BOOST_TEST_REQUIRE(oci_run(run_words({"--detach"})).status == 0);
        BOOST_TEST_REQUIRE(goes_on());
    }
    std::uintmax_t count() const {
        std::error_code none;
        const auto size = fs::file_size(bundle.rootfs("/count"), none);
        return none ? 0 : size;
    }
    bool goes_on() const {
        const auto before = count();
        return eventually([&] { return count() > before; });
    }
    bool is_held() const {
        const auto before = count();
        ::usleep(100000);
        return count() == before;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pause_and_resume)

#define COUNTING_TEST(name)                                                \
    struct name##_case : Counting {                                        \
        void body();                                                       \
    };                                                                     \
    BOOST_AUTO_TEST_CASE(name) {                                           \
        const std::string reason = ocikit::run::test::why_no_containers(); \
        if (!reason.empty())                                               \
            return ocikit::test::skip(reason);                             \
        name##_case test;                                                  \
        test.body();                                                       \
        test.check_nothing_is_left();                                      \
    }                                                                      \
    void name##_case::body()

COUNTING_TEST(it_is_held_and_goes_on) {
    start();
    for (int round = 0; round < 2; ++round) {
        BOOST_TEST(oci_run({"pause", id()}).status == 0);
        BOOST_TEST(state() == "paused");
        BOOST_TEST(has(oci_run({"list"}).out, "   paused   "));
        BOOST_TEST(is_held());
        const Outcome again = oci_run({"pause", id()});
        BOOST_TEST(again.status == 1);
        BOOST_TEST(has(again.err, "container paused"), again);
        BOOST_TEST(oci_run({"resume", id()}).status == 0);
        BOOST_TEST(state() == "running");
        BOOST_TEST(goes_on());
    }
    const Outcome resumed = oci_run({"resume", id()});
    BOOST_TEST(resumed.status == 1);
    BOOST_TEST(has(resumed.err, "container not paused"), resumed);
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
}

COUNTING_TEST(what_can_be_done_meanwhile) {
    start();
    BOOST_TEST(oci_run({"pause", id()}).status == 0);
    const struct {
        std::vector<std::string> words;
        int status;
        const char* text;
    } refused[] = {
        {{"exec", id(), "true"}, 255, "cannot exec in a paused container (use --ignore-paused to override)"},
        {{"delete", id()}, 1, "that is not stopped: paused"},
        {{"start", id()}, 1, "cannot start an already running container"},
        {{"run", "--bundle", bundle.path(), id()}, 1, "container with given ID already exists"},
    };
    for (const auto& [words, status, text] : refused) {
        const Outcome outcome = oci_run(words);
        BOOST_TEST(outcome.status == status, outcome);
        BOOST_TEST(has(outcome.err, text), outcome);
    }
    Child late(command({"exec", "--ignore-paused", id(), "touch", "/late"}));
    BOOST_TEST(oci_run({"kill", id(), "TERM"}).status == 0);
    ::usleep(50000);
    BOOST_TEST(!fs::exists(bundle.rootfs("/late")));
    BOOST_TEST(state() == "paused");
    BOOST_TEST(oci_run({"resume", id()}).status == 0);
    late.wait();
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(read_file(bundle.rootfs("/log")) == "term\n");
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

COUNTING_TEST(it_can_be_killed) {
    for (const bool all : {false, true}) {
        start();
        BOOST_TEST(oci_run({"pause", id()}).status == 0);
        const Outcome killed = oci_run(all ? std::vector<std::string>{"kill", "--all", id(), "KILL"}
                                           : std::vector<std::string>{"kill", id(), "KILL"});
        BOOST_TEST(killed.status == 0, killed);
        BOOST_TEST(eventually([&] { return state() == "stopped"; }));
        BOOST_TEST(oci_run({"delete", id()}).status == 0);
    }
}

COUNTING_TEST(it_can_be_deleted_by_force) {
    start();
    BOOST_TEST(oci_run({"pause", id()}).status == 0);
    const Outcome deleted = oci_run({"delete", "--force", id()});
    BOOST_TEST(deleted.status == 0, deleted);
}

// One that has the host's process IDs: nothing ends with its init.
COUNTING_TEST(what_outlives_init_can_be_killed) {
    std::erase_if(bundle.config.linux->namespaces,
                  [](const auto& one) { return one.type == spec::NamespaceType::pid; });
    bundle.set_script("sleep 1000 & exit 0");
    bundle.write();
    BOOST_TEST_REQUIRE(oci_run(run_words({"--detach"})).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(oci_run({"kill", id(), "KILL"}).status == 1);
    BOOST_TEST(oci_run({"kill", "--all", id(), "KILL"}).status == 0);
    const auto gone = [&] { return oci_run({"kill", "--all", id(), "KILL"}).status == 1; };
    BOOST_TEST(eventually(gone));
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

COUNTING_TEST(only_what_runs_can_be_paused) {
    bundle.set_script("exit 0");
    bundle.write();
    BOOST_TEST(has(oci_run({"pause", id()}).err, "container does not exist"));
    BOOST_TEST(oci_run(create_words()).status == 0);
    BOOST_TEST(has(oci_run({"resume", id()}).err, "container not paused"));
    BOOST_TEST(oci_run({"pause", id()}).status == 0);
    BOOST_TEST(has(oci_run({"start", id()}).err, "cannot start a paused container\n  resume it first"));
    BOOST_TEST(oci_run({"resume", id()}).status == 0);
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    for (const char* const command : {"pause", "resume"}) {
        const Outcome outcome = oci_run({command, id()});
        BOOST_TEST(outcome.status == 1);
        BOOST_TEST(has(outcome.err, command == std::string("pause") ? "not running" : "not paused"), outcome);
    }
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
    // without a cgroup
    std::erase_if(bundle.config.mounts, [](const auto& mount) { return mount.type == "cgroup"; });
    bundle.set_script("sleep 1000");
    bundle.write();
    const Outcome run =
        oci_run({"--cgroup-manager", "disabled", "run", "--detach", "--bundle", bundle.path(), id()});
    BOOST_TEST(run.status == 0, run);
    BOOST_TEST(has(oci_run({"pause", id()}).err, "only a cgroup can be paused"));
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
