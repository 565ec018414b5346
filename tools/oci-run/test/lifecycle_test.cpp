// create, start, state, kill, delete, list: what each does, and what it refuses.
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <random>
#include <sys/stat.h>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace spec = ocikit::spec;
namespace fs = std::filesystem;

namespace {

// A container that is created, of a script.
void create(Containers& test, const std::string& script, const std::vector<std::string>& more = {}) {
    test.bundle.set_script(script);
    test.bundle.write();
    const Outcome outcome = test.oci_run(test.create_words(more));
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err == "");
}

void expect_refusal(const Containers& test, const std::vector<std::string>& args, const std::string& text) {
    const Outcome outcome = test.oci_run(args);
    BOOST_TEST(outcome.status == 1, args[0] << ": " << outcome);
    BOOST_TEST(outcome.err == "oci-run: " + args[0] + " " + test.id() + ": " + text + "\n", outcome);
    BOOST_TEST(outcome.out == "");
}

constexpr const char* forever = "trap 'exit 3' TERM; touch /up; while true; do sleep 0.02; done";

bool is_up(const Containers& test) {
    return eventually([&] { return fs::exists(test.bundle.rootfs("/up")); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lifecycle)

CONTAINER_TEST(from_create_to_delete) {
    create(*this, forever, {"--pid-file", directory().path() + "-pid"});
    // created
    BOOST_TEST(state() == "created");
    const std::string pid = read_file(directory().path() + "-pid");
    BOOST_TEST(pid == std::to_string(init_pid()));  // and no newline
    fs::remove(directory().path() + "-pid");
    BOOST_TEST(read_file("/proc/" + pid + "/cmdline").find("up") != std::string::npos);
    expect_refusal(*this, create_words(), "container with given ID already exists: " + id());
    // running
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(state() == "running");
    BOOST_TEST(state("pid") == pid);
    expect_refusal(*this, {"start", id()}, "cannot start an already running container");
    expect_refusal(
        *this, {"delete", id()},
        "cannot delete container " + id() + " that is not stopped: running\n  --force kills it first");
    BOOST_TEST(state() == "running");
    BOOST_TEST(is_up(*this));
    BOOST_TEST(oci_run({"kill", id()}).status == 0);
    // stopped
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(state("pid") == "0");
    expect_refusal(*this, {"kill", id(), "KILL"}, "container not running");
    expect_refusal(*this, {"start", id()}, "cannot start a container that has stopped");
    expect_refusal(*this, create_words(), "container with given ID already exists: " + id());
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
    // gone
    const std::string missing = "container does not exist: " + id() + " (no state in " + state_root() + ")";
    for (const char* const command : {"state", "start", "kill", "delete"})
        expect_refusal(*this, {command, id()}, missing);
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
}

CONTAINER_TEST(state_has_what_the_specification_wants) {
    bundle.config.annotations = {{"org.example.key", "value \"x\""}};
    create(*this, "true");
    const auto state = boost::json::parse(oci_run({"state", id()}).out).as_object();
    BOOST_TEST(state.at("ociVersion").as_string() == "1.3.0");
    BOOST_TEST(state.at("id").as_string() == id());
    BOOST_TEST(state.at("status").as_string() == "created");
    BOOST_TEST(state.at("bundle").as_string() == fs::canonical(bundle.path()).string());
    BOOST_TEST(state.at("rootfs").as_string() == fs::canonical(bundle.rootfs()).string());
    BOOST_TEST(state.at("annotations").as_object().at("org.example.key").as_string() == "value \"x\"");
    BOOST_TEST(state.at("created").as_string().ends_with("Z"));
    BOOST_TEST(state.at("owner").as_string() == "");
    const auto list = boost::json::parse(oci_run({"list", "--format=json"}).out).as_array();
    BOOST_TEST_REQUIRE(list.size() == 1);
    BOOST_TEST((list.at(0).as_object() == state));
    BOOST_TEST(oci_run({"list", "-q"}).out == id() + "\n");
    const std::string table = oci_run({"list"}).out;
    BOOST_TEST(table.starts_with("ID "), table);
    BOOST_TEST(has(table, id() + "   " + std::to_string(init_pid())), table);
    BOOST_TEST(has(table, "   created   "), table);
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
    BOOST_TEST(oci_run({"list", "--format", "json"}).out == "[]\n");
}

CONTAINER_TEST(a_created_container_can_be_deleted_or_killed) {
    create(*this, "touch /ran");
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
    create(*this, "touch /ran");
    BOOST_TEST(oci_run({"kill", id(), "KILL"}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    expect_refusal(*this, {"start", id()}, "cannot start a container that has stopped");
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
    create(*this, "touch /ran");
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
    BOOST_TEST(!fs::exists(bundle.rootfs("/ran")));
}

CONTAINER_TEST(signals_by_every_name) {
    create(*this, "trap 'echo usr1' USR1; trap 'echo usr2' USR2; touch /up; while true; do sleep 0.02; done");
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(is_up(*this));
    for (const char* const name : {"USR1", "SIGUSR1", "usr1", "sigusr2", "10", "12", "IO", "SIGCLD", "0"})
        BOOST_TEST(oci_run({"kill", id(), name}).status == 0, name);
    BOOST_TEST(oci_run({"kill", "--signal", "USR1", id()}).status == 0);
    BOOST_TEST(oci_run({"kill", id(), "--signal=USR1"}).status == 0);
    for (const char* const name : {"", "XYZ", "-1", "65", "SIG", "9x"}) {
        const Outcome outcome = oci_run({"kill", "--", id(), name});
        BOOST_TEST(outcome.status == 1, name);
        BOOST_TEST(has(outcome.err, "unknown signal \"" + std::string(name) + "\""), outcome);
    }
    BOOST_TEST(state() == "running");
    BOOST_TEST(oci_run({"kill", "--all", id(), "9"}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(oci_run({"kill", id(), "0"}).status == 1);
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

CONTAINER_TEST(a_program_that_ends_at_once_has_ended) {
    create(*this, "true");
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

// runtime.md#state: creating until create is done, whatever of it there is already
CONTAINER_TEST(what_is_being_made_is_not_there_yet) {
    const std::string said = bundle.directory().path("said");
    const std::string call = std::string(OCIKIT_OCI_RUN) + " --root " + state_root() + " ";
    const std::string script = "exec >>" + said + " 2>&1; " + call + "state " + id() + "; " + call + "kill " +
                               id() + " KILL; " + call + "exec " + id() + " true; " + call + "delete " +
                               id() + " & sleep 0.1; " + call + "list; true";
    bundle.config.hooks.emplace().createRuntime.push_back(
        {.path = "/bin/sh", .args = {"sh", "-c", script}, .env = {"PATH=/usr/bin:/bin"}, .timeout = {}});
    bundle.set_script("exit 5");
    bundle.write();
    BOOST_TEST(oci_run(create_words()).status == 0);
    BOOST_TEST(eventually([&] { return state() != "created"; }));  // delete waits for the end of create
    const std::string text = read_file(said);
    BOOST_TEST(has(text, "\"status\": \"creating\""), text);
    BOOST_TEST(has(text, "kill " + id() + ": container not running"), text);
    BOOST_TEST(has(text, "cannot exec in a container that is still being created"), text);
    BOOST_TEST(has(text, " creating "), text);
    BOOST_TEST(state() == "");
}

CONTAINER_TEST(who_asks_meanwhile_waits_for_the_end_of_create) {
    bundle.set_script("true");
    bundle.write();
    for (int i = 0; i < 5; ++i) {
        Child created(command(create_words()));
        std::string first;
        BOOST_TEST(eventually([&] { return !(first = state()).empty(); }));
        BOOST_TEST(first == "created");
        BOOST_TEST(created.wait().status == 0);
        BOOST_TEST(oci_run({"delete", id()}).status == 0);
    }
}

CONTAINER_TEST(the_longest_id) {
    const std::string longest = (id() + std::string(255, 'x')).substr(0, 255);
    bundle.set_script(forever);
    bundle.write();
    std::vector<std::string> words = create_words();
    words.back() = longest;
    BOOST_TEST_REQUIRE(oci_run(words).status == 0);
    BOOST_TEST(oci_run({"start", longest}).status == 0);
    BOOST_TEST(has(oci_run({"state", longest}).out, "\"running\""));
    BOOST_TEST(oci_run({"list", "-q"}).out == longest + "\n");
    BOOST_TEST(oci_run({"delete", "--force", longest}).status == 0);
    words.back() += "x";
    const Outcome outcome = oci_run(words);
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, "invalid container ID format"), outcome);
}

CONTAINER_TEST(several_by_an_expression) {
    const std::string other = id() + "-other";
    create(*this, forever);
    std::vector<std::string> words = create_words();
    words.back() = other;
    BOOST_TEST_REQUIRE(oci_run(words).status == 0);
    BOOST_TEST(oci_run({"start", other}).status == 0);
    // one can't be deleted, the rest is
    const Outcome outcome = oci_run({"delete", "--regex", "^" + id()});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, other + ": cannot delete container " + other + " that is not stopped"),
               outcome);
    BOOST_TEST(oci_run({"list", "-q"}).out == other + "\n");
    BOOST_TEST(oci_run({"kill", "--regex", "[-]other$", "KILL"}).status == 0);
    BOOST_TEST(eventually([&] { return oci_run({"delete", "-r", "other"}).status == 0; }));
    BOOST_TEST(oci_run({"list", "-q"}).out == "");
    BOOST_TEST(oci_run({"delete", "-r", "other"}).status == 0);
    const Outcome wrong = oci_run({"delete", "--regex", "(a"});
    BOOST_TEST(wrong.status == 1);
    BOOST_TEST(has(wrong.err, "--regex: \"(a\": "), wrong);
}

CONTAINER_TEST(kill_reaches_everything_without_a_pid_namespace) {
    std::erase_if(bundle.config.linux->namespaces,
                  [](const auto& ns) { return ns.type == spec::NamespaceType::pid; });
    create(*this, "sleep 1000 & sleep 1000 & wait");
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(oci_run({"kill", id(), "KILL"}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
    // what init leaves behind goes with the container
    BOOST_TEST(run_script("sleep 1000 & exit 5").status == 5);
}

CONTAINER_TEST(kill_all_signals_each_process_once) {
    create(*this,
           "trap 'echo x >> /got' USR1; (trap 'echo y >> /got' USR1; touch /in; "
           "while true; do sleep 0.02; done) & touch /up; while true; do sleep 0.02; done");
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(is_up(*this));
    BOOST_TEST(eventually([&] { return fs::exists(bundle.rootfs("/in")); }));
    BOOST_TEST(oci_run({"kill", "--all", id(), "USR1"}).status == 0);
    BOOST_TEST(eventually([&] { return read_file(bundle.rootfs("/got")).size() >= 4; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const std::string got = read_file(bundle.rootfs("/got"));
    BOOST_TEST((got == "x\ny\n" || got == "y\nx\n"), got);
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
}

CONTAINER_TEST(without_a_cgroup) {
    bundle.config.mounts.pop_back();  // which would have nothing to show
    bundle.set_script(forever);
    bundle.write();
    auto words = create_words();
    words.insert(words.begin(), "--cgroup-manager=disabled");
    BOOST_TEST(oci_run(words).status == 0);
    BOOST_TEST(!fs::exists(cgroup_directories("oci-run-" + id()).front()));
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(oci_run({"kill", "--all", id(), "KILL"}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

CONTAINER_TEST(delete_force_of_a_running_one) {
    create(*this, forever);
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(oci_run({"delete", "-f", id()}).status == 0);
    BOOST_TEST(state() == "");
}

CONTAINER_TEST(a_detached_run_goes_on) {
    bundle.set_script(forever);
    bundle.write();
    BOOST_TEST(oci_run(run_words({"--detach", "--pid-file", state_root() + "-pid"})).status == 0);
    BOOST_TEST(state() == "running");
    BOOST_TEST(read_file(state_root() + "-pid") == std::to_string(init_pid()));
    fs::remove(state_root() + "-pid");
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
}

CONTAINER_TEST(a_kept_container_is_there_to_be_deleted) {
    bundle.set_script("exit 4");
    BOOST_TEST(run({"--keep"}).status == 4);
    BOOST_TEST(state() == "stopped");
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

CONTAINER_TEST(changes_of_the_configuration_after_create_have_no_effect) {
    create(*this, "touch /first");
    bundle.directory().write("config.json", "{ nonsense");
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(fs::exists(bundle.rootfs("/first")));
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

CONTAINER_TEST(a_container_without_a_process_waits_to_be_deleted) {
    bundle.config.process.reset();
    bundle.write();
    const Outcome outcome = oci_run(create_words());
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(state() == "created");
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
    expect_refusal(*this, run_words(), "config.json: /process: missing: there is no program to run");
}

CONTAINER_TEST(starting_a_container_without_a_process_ends_it) {
    bundle.config.process.reset();
    bundle.write();
    BOOST_TEST(oci_run(create_words()).status == 0);
    const Outcome started = oci_run({"start", id()});
    BOOST_TEST(started.status == 0, started);
    BOOST_TEST(started.err.find("/process: missing: there is no program to start") != std::string::npos,
               started);
    BOOST_TEST(state() == "stopped");
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

// While it waits for start its image must not lead to oci-run's (CVE-2019-5736).
CONTAINER_TEST(the_waiting_init_is_not_oci_run) {
    create(*this, "true");
    const std::string exe = "/proc/" + std::to_string(init_pid()) + "/exe";
    BOOST_TEST(fs::read_symlink(exe).string() == "/memfd:oci-run:init (deleted)");
    BOOST_TEST(::open(exe.c_str(), O_WRONLY) == -1);
    struct stat stub {};
    BOOST_TEST_REQUIRE(::stat(exe.c_str(), &stub) == 0);
    BOOST_TEST(stub.st_size < 16384);
    BOOST_TEST(!has(read_file("/proc/" + std::to_string(init_pid()) + "/maps"), "/oci-run\n"));
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

CONTAINER_TEST(cgroups_are_where_the_configuration_says) {
    create(*this, forever);
    for (const auto& directory : cgroup_directories("oci-run-" + id()))
        BOOST_TEST(read_file(directory + "/cgroup.procs") == std::to_string(init_pid()) + "\n", directory);
    BOOST_TEST(oci_run({"delete", id()}).status == 0);

    bundle.config.linux->cgroupsPath = "/" + id() + "/nested/deep";
    create(*this, forever);
    for (const auto& directory : cgroup_directories(id() + "/nested/deep"))
        BOOST_TEST(read_file(directory + "/cgroup.procs") == std::to_string(init_pid()) + "\n", directory);
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
    for (const auto& directory : cgroup_directories(id()))
        BOOST_TEST(!fs::exists(directory), directory);
}

CONTAINER_TEST(cgroups_that_were_there_stay) {
    const auto parents = cgroup_directories(id());
    const auto existing = cgroup_directories(id() + "/mine");
    for (const auto& directory : existing)
        fs::create_directories(directory);
    bundle.config.linux->cgroupsPath = id() + "/mine";
    BOOST_TEST(run_script("exit 6").status == 6);
    bundle.config.linux->cgroupsPath = id() + "/mine/more/of";
    BOOST_TEST(run_script("exit 6").status == 6);
    for (const auto& directory : existing) {
        BOOST_TEST(fs::exists(directory));
        BOOST_TEST(!fs::exists(directory + "/more"));
        fs::remove(directory);
    }
    for (const auto& directory : parents)
        fs::remove(directory);
}

CONTAINER_TEST(a_cgroup_that_was_left_is_emptied) {
    const std::string path = id() + "/left";
    for (const auto& directory : cgroup_directories(path)) {
        fs::create_directories(directory + "/inner/more");
        if (is_cgroup_v2()) {
            std::ofstream(directory + "/../cgroup.subtree_control") << "+pids";
            std::ofstream(directory + "/cgroup.subtree_control") << "+pids";
        }
    }
    bundle.config.linux->cgroupsPath = path;
    bundle.config.linux->resources.emplace().devices = {{false, "c", 1, 3, "rwm"}};
    BOOST_TEST(run_script("(true </dev/null) && exit 5; exit 6").status == 6);
    // the rules are those of this container, not of the one before
    bundle.config.linux->resources.reset();
    BOOST_TEST(run_script("exec </dev/null; exit 7").status == 7);
    for (const auto& directory : cgroup_directories(path)) {
        BOOST_TEST(!fs::exists(directory + "/inner"));
        fs::remove(directory);
        fs::remove(fs::path(directory).parent_path());
    }
}

CONTAINER_TEST(a_frozen_cgroup_is_refused) {
    const std::string path = id() + "frozen";
    for (const auto& directory : cgroup_directories(path)) {
        fs::create_directories(directory);
        const bool freezer = fs::exists(directory + "/freezer.state");
        if (freezer || is_cgroup_v2())
            std::ofstream(directory + (freezer ? "/freezer.state" : "/cgroup.freeze"))
                << (freezer ? "FROZEN" : "1");
    }
    bundle.config.linux->cgroupsPath = path;
    const Outcome outcome = run_script("exit 6");
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, "unexpectedly frozen"), outcome.err);
    for (const auto& directory : cgroup_directories(path))
        fs::remove(directory);
}

CONTAINER_TEST(a_cgroup_in_use_is_refused) {
    create(*this, forever);
    Bundle second;
    second.set_script("exit 6");
    second.config.linux->cgroupsPath = "oci-run-" + id();
    second.write();
    const Outcome outcome = oci_run({"run", "--bundle", second.path(), id() + "-second"});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, "it exists and has processes in it"), outcome);
    BOOST_TEST(state() == "created");
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

// As systemd in a container makes them.
CONTAINER_TEST(cgroups_that_the_container_made_go_with_it) {
    bundle.config.mounts.back().options = {"nosuid", "noexec", "nodev", "rw"};
    const std::string devices = is_cgroup_v2() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/devices";
    create(*this, "mkdir -p " + devices + "/a/b && sleep 1000 & sleep 0.1; echo $! > " + devices +
                      "/a/b/cgroup.procs; echo ready > /ready; sleep 1000");
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(eventually([&] { return fs::exists(bundle.rootfs("/ready")); }));
    const Outcome outcome = oci_run({"delete", "--force", id()});
    BOOST_TEST(outcome.status == 0, outcome);
}

CONTAINER_TEST(two_at_once_know_nothing_of_each_other) {
    create(*this, forever);
    Containers other;
    create(other, forever);
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(other.oci_run({"start", other.id()}).status == 0);
    BOOST_TEST(oci_run({"delete", "-f", id()}).status == 0);
    BOOST_TEST(other.state() == "running");
    BOOST_TEST(other.oci_run({"delete", "-f", other.id()}).status == 0);
    // two of one bundle
    BOOST_TEST(oci_run(create_words()).status == 0);
    const Outcome twin = oci_run({"run", "-b", bundle.path(), "-d", id() + "-twin"});
    BOOST_TEST(twin.status == 0, twin);
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
    BOOST_TEST(oci_run({"delete", "--force", id() + "-twin"}).status == 0);
}

CONTAINER_TEST(twenty_in_parallel) {
    bundle.set_script("exit 9");
    bundle.write();
    std::vector<Child> running;
    for (int i = 0; i < 20; ++i)
        running.emplace_back(command({"run", "-b", bundle.path(), id() + "-" + std::to_string(i)}));
    for (auto& child : running) {
        const Outcome outcome = child.wait();
        BOOST_TEST(outcome.status == 9, outcome);
    }
}

// Of many with the same name one is made, and the others leave it alone.
CONTAINER_TEST(one_name_at_once) {
    bundle.set_script("exit 9");
    bundle.write();
    std::vector<Child> creating;
    for (int i = 0; i < 10; ++i)
        creating.emplace_back(command(create_words()));
    int made = 0;
    for (auto& child : creating)
        made += child.wait().status == 0;
    BOOST_TEST(made == 1);
    BOOST_TEST(state() == "created");
    std::vector<Child> deleting;
    for (int i = 0; i < 5; ++i)
        deleting.emplace_back(command({"delete", "--force", id()}));
    for (auto& child : deleting) {
        const Outcome outcome = child.wait();
        BOOST_TEST(outcome.status == 0, outcome);
    }
}

CONTAINER_TEST(what_a_killed_oci_run_leaves_can_be_deleted) {
    bundle.set_script("sleep 1000");
    bundle.config.linux->cgroupsPath = "/" + id() + "/nested";
    bundle.write();
    std::mt19937 random(1);
    for (int i = 0; i < 60; ++i) {
        const bool run = i % 2 == 0;
        Child child(command(run ? run_words() : create_words()));
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 12000));
        child.signal(SIGKILL);
        child.wait();
        const Outcome outcome = oci_run({"delete", "--force", id()});
        BOOST_TEST(outcome.status == 0, outcome);
        if (!eventually([&] { return leftovers().empty(); })) {
            BOOST_TEST(leftovers() == "", "after " << i);
            break;
        }
    }
}

CONTAINER_TEST(a_damaged_state_can_be_deleted) {
    create(*this, forever);
    const std::string file = id() + "/state.json";
    const std::string record = read_file(state_root() + "/" + file);
    directory().write(file, record.substr(0, record.size() / 2));
    const Outcome outcome = oci_run({"state", id()});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, "the file is damaged"), outcome);
    BOOST_TEST(oci_run({"delete", id()}).status == 1);
    // the others are still told of
    fs::create_directory(state_root() + "/zz");
    BOOST_TEST(oci_run({"list", "-q"}).out == "zz\n");
    BOOST_TEST(oci_run({"delete", "--force", "zz"}).status == 0);
    const Outcome deleted = oci_run({"delete", "--force", id()});
    BOOST_TEST(deleted.status == 0, deleted);
    BOOST_TEST(has(deleted.err, "oci-run: warning: "), deleted);
    BOOST_TEST(oci_run({"list", "-q"}).out == "");
}

// `run` must not take a container for its own that got the name after it.
CONTAINER_TEST(a_name_that_was_given_again) {
    bundle.set_script(forever);
    bundle.write();
    Child first(command(run_words()));
    BOOST_TEST(is_up(*this));
    // it waits until `run` has let go of the state, which the program may outrun
    expect_refusal(*this, {"start", id()}, "cannot start an already running container");
    first.signal(SIGSTOP);
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
    BOOST_TEST(oci_run(create_words()).status == 0);
    first.signal(SIGCONT);
    BOOST_TEST(first.wait().status == 128 + 9);
    BOOST_TEST(state() == "created");
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
