// What cannot be: told with its place and its reason, and without a trace.
#include <algorithm>
#include <filesystem>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace fs = std::filesystem;

namespace {

// All paths below the root filesystem.
std::string listing(const Bundle& bundle) {
    std::vector<std::string> paths;
    for (const auto& entry : fs::recursive_directory_iterator(bundle.rootfs()))
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::string text;
    for (const auto& path : paths)
        text += path + "\n";
    return text;
}

// `run`, and also `create`, fail with this text, and leave the bundle as it was.
void expect_failure(const Containers& test, const std::string& text) {
    test.bundle.write();
    const std::string before = listing(test.bundle);
    for (const auto& words : {test.run_words(), test.create_words()}) {
        const Outcome outcome = test.oci_run(words);
        BOOST_TEST(outcome.status == 1, outcome);
        BOOST_TEST(outcome.out == "");
        BOOST_TEST(outcome.err.starts_with("oci-run: " + words[0] + " " + test.id() + ": "), outcome);
        BOOST_TEST(has(outcome.err, text), outcome << "\n-- has not: " << text);
    }
    BOOST_TEST(listing(test.bundle) == before);
    test.check_nothing_is_left();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(failure)

CONTAINER_TEST(programs_that_are_not_there) {
    bundle.config.process->args = {"/bin/none"};
    expect_failure(
        *this,
        "config.json: /process/args/0: \"/bin/none\" in the root filesystem: no such file or directory");
    bundle.config.process->args = {"none"};
    expect_failure(*this,
                   "config.json: /process/args/0: \"none\": executable file not found in $PATH (looked in "
                   "/usr/bin:/bin of the root filesystem): no such file or directory");
    bundle.config.process->args = {""};
    expect_failure(*this, "config.json: /process/args/0: \"\": executable file not found in $PATH");
    bundle.config.process->args = {"/bin"};
    expect_failure(*this, "config.json: /process/args/0: \"/bin\" in the root filesystem: is a directory");
    bundle.directory().write("rootfs/bin/plain", "no program");
    bundle.config.process->args = {"plain"};
    expect_failure(*this, "permission denied");
    bundle.config.process->args = {"/bin/plain/x"};
    expect_failure(*this, "not a directory");
}

CONTAINER_TEST(programs_that_the_kernel_does_not_take) {
    const auto script = [&](const std::string& head) {
        fs::permissions(bundle.directory().write("rootfs/bin/script", head), fs::perms(0755));
    };
    const auto expect = [&](const std::string& text, bool fails_at_create = true) {
        bundle.config.process->args = {"/bin/script"};
        bundle.write();
        const Outcome outcome = run();
        BOOST_TEST(outcome.status == 1, outcome);
        BOOST_TEST(has(outcome.err, "config.json: /process/args/0: execute \"/bin/script\": " + text),
                   outcome);
        const Outcome created = oci_run(create_words());
        if (fails_at_create) {
            BOOST_TEST(has(created.err, text), created);
            return;
        }
        // there is a container by then, whose start fails
        BOOST_TEST(created.status == 0, created);
        const Outcome started = oci_run({"start", id()});
        BOOST_TEST(started.status == 1);
        BOOST_TEST(has(started.err, "execute \"/bin/script\""), started);
        BOOST_TEST(eventually([&] { return state() == "stopped"; }));
        BOOST_TEST(oci_run({"delete", id()}).status == 0);
    };
    script("#!/bin/none -x\n");
    expect("its interpreter \"/bin/none\" is missing: no such file or directory");
    script("#! /bin/sh\r\n");
    expect("its #! line ends with a carriage return (line ends of DOS): no such file or directory");
    script("no format\n");
    expect("exec format error", false);
}

// Executed in the container, oci-run's file could be reached through /proc (CVE-2019-5736).
CONTAINER_TEST(oci_run_itself_is_no_program) {
    const std::string refusal = "is oci-run itself, which a container may not execute";
    fs::create_symlink("/proc/self/exe", bundle.rootfs("/bin/link"));
    fs::permissions(bundle.directory().write("rootfs/bin/script", "#!/proc/self/exe\n"), fs::perms(0755));
    for (const char* const program : {"/proc/self/exe", "/bin/link", "link", "/bin/script"}) {
        bundle.config.process->args = {program, "--version"};
        expect_failure(*this, refusal);
    }
}

// Where others can change what is executed, the stub's image is what they reach at most.
CONTAINER_TEST(a_program_in_a_shared_mount_is_executed_by_the_stub) {
#ifdef __SANITIZE_ADDRESS__
    return ocikit::test::skip("a sanitizer's run-time library doesn't run under strace");
#endif
    if (!is_installed("strace"))
        return ocikit::test::skip("strace is not installed");
    const std::string shared = bundle.directory().path("shared");
    fs::create_directories(shared);
    bundle.add_mount("/shared", "bind", shared, {"rbind"});
    bundle.config.process->args = {"/bin/true"};
    bundle.write();
    const std::string trace = bundle.directory().path("trace");
    auto words = command(run_words());
    words.insert(words.begin(), {"strace", "-f", "-e", "trace=execve,execveat", "-o", trace});
    const Outcome outcome = Child(words).wait();
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(has(read_file(trace), "execveat("), read_file(trace));
    bundle.config.process->args = {"/bin/sh", "-c", "exit 3"};
    bundle.write();
    BOOST_TEST(run().status == 3);
}

CONTAINER_TEST(the_hosts_root_is_no_root_filesystem) {
    for (const char* const path : {"/", "../../../../../../../..", "/proc/self/root"}) {
        bundle.config.root->path = path;
        expect_failure(*this, "/root/path: ");
    }
}

CONTAINER_TEST(what_was_there_stays_there) {
    fs::create_directories(bundle.rootfs("/dev/pts"));
    fs::create_directories(bundle.rootfs("/dev/shm"));
    bundle.config.process->args = {"/bin/none"};
    expect_failure(*this, "no such file or directory");
    BOOST_TEST(fs::is_directory(bundle.rootfs("/dev/pts")));
}

CONTAINER_TEST(mounts_that_cannot_be_made) {
    bundle.add_mount("/new/deep", "bind", "/none/such", {"bind"});
    expect_failure(*this, "mounts[7] (/new/deep): source: /none/such: no such file or directory");
    bundle.config.mounts.back() = {"/new", "nonefs", "x", {}, {}, {}};
    expect_failure(*this, "mounts[7] (/new): nonefs filesystem: open: no such device");
    bundle.config.mounts.back() = {"/new", "tmpfs", "x", {"sise=4k"}, {}, {}};
    expect_failure(*this,
                   "mounts[7] (/new): tmpfs filesystem: option sise=4k: tmpfs: Unknown parameter 'sise'");
    bundle.config.mounts.back() = {"/bin/busybox", "tmpfs", "x", {}, {}, {}};
    expect_failure(*this, "mounts[7] (/bin/busybox): ");
    bundle.config.mounts.back() = {"/new", "bind", "/etc/passwd", {"ro"}, {}, {}};
    bundle.add_mount("/new/below", "tmpfs", "x", {});
    expect_failure(*this, "mounts[8] (/new/below): ");
}

CONTAINER_TEST(links_do_not_lead_out) {
    const std::string outside = bundle.directory().path("outside");
    fs::create_directories(outside);
    fs::create_symlink(outside, bundle.rootfs("/out"));
    fs::create_symlink("../../../../../../../.." + outside, bundle.rootfs("/dots"));
    fs::create_directories(bundle.rootfs("/inside"));
    fs::create_symlink("/inside", bundle.rootfs("/in"));
    bundle.add_mount("/in/mount", "tmpfs", "t", {});
    const Outcome outcome = run_script("grep -c ' /inside/mount ' /proc/self/mountinfo");
    BOOST_TEST(outcome.out == "1\n", outcome);
    // what they name is made inside, where it would be if the root were the machine's
    for (const char* const link : {"/out", "/dots"}) {
        bundle.config.mounts.back() = {link, "tmpfs", "t", {}, {}, {}};
        BOOST_TEST(run_script("grep -c ' " + outside + " ' /proc/self/mountinfo").out == "1\n", link);
        BOOST_TEST(fs::is_directory(bundle.rootfs(outside)));
        fs::remove_all(bundle.rootfs(outside));
    }
    BOOST_TEST(fs::is_empty(outside));
}

CONTAINER_TEST(proc_goes_onto_no_link) {
    fs::create_directories(bundle.rootfs("/elsewhere"));
    fs::create_symlink("/elsewhere", bundle.rootfs("/proc"));
    expect_failure(*this, "mounts[0] (/proc): ");
    expect_failure(*this, "a symbolic link is on the way");
}

CONTAINER_TEST(devices_that_cannot_be_made) {
    std::erase_if(bundle.config.mounts,
                  [](const auto& mount) { return mount.destination.starts_with("/dev"); });
    fs::create_directories(bundle.rootfs("/dev"));
    bundle.directory().write("rootfs/dev/null", "not a device");
    bundle.write();
    const Outcome outcome = run();
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, "/dev/null: make the device node: a file of another kind is there"), outcome);
    BOOST_TEST(read_file(bundle.rootfs("/dev/null")) == "not a device");
}

CONTAINER_TEST(a_root_that_is_not_one) {
    bundle.config.root->path = "none";
    expect_failure(*this, bundle.path() + "/none: open the root filesystem: no such file or directory");
    bundle.config.root->path = "config.json";
    expect_failure(*this, "/config.json: open the root filesystem: not a directory");
}

CONTAINER_TEST(limits_that_cannot_be_set) {
    bundle.config.process->rlimits = {{"RLIMIT_NOFILE", std::uint64_t{1} << 62, 5}};
    expect_failure(*this,
                   "config.json: /process/rlimits: RLIMIT_NOFILE: set to soft 5, hard 4611686018427387904: ");
}

CONTAINER_TEST(configurations_that_are_not) {
    const struct {
        const char* text;
        const char* message;
    } cases[] = {
        {"", "/config.json:1:1: "},
        {"{ nonsense", "/config.json:1:3: "},
        {"{\"ociVersion\": 1}", "/config.json:1:16: /ociVersion: expected a string, found the number 1"},
        {"{\"ociVersion\": \"1.3.0\", \"mounts\": [{\"destination\": false}]}",
         "/mounts/0/destination: expected a string, found false"},
    };
    for (const auto& [text, message] : cases) {
        bundle.directory().write("config.json", text);
        const Outcome outcome = oci_run(run_words());
        BOOST_TEST(outcome.status == 1);
        BOOST_TEST(has(outcome.err, "oci-run: run " + id() + ": "), outcome);
        BOOST_TEST(has(outcome.err, message), outcome);
    }
    fs::remove(bundle.directory().path("config.json"));
    const Outcome missing = oci_run(run_words());
    BOOST_TEST(missing.status == 1);
    BOOST_TEST(has(missing.err, "config.json"), missing);
    const Outcome nowhere = oci_run({"run", "--bundle", "/none/such", id()});
    BOOST_TEST(nowhere.status == 1);
    BOOST_TEST(has(nowhere.err, "/none/such"), nowhere);
}

CONTAINER_TEST(names_that_are_none) {
    bundle.write();
    for (const char* const name : {"", ".", "..", "a/b", "../x", "a b", "\xc3\xa9"}) {
        const Outcome outcome = oci_run({"run", "-b", bundle.path(), "--", name});
        BOOST_TEST(outcome.status == 1);
        BOOST_TEST(has(outcome.err, "invalid container ID format: \""), outcome);
    }
}

CONTAINER_TEST(a_pid_file_that_cannot_be_written) {
    bundle.write();
    const Outcome outcome = oci_run(create_words({"--pid-file", "/none/such/pid"}));
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, "--pid-file: /none/such/: open: no such file or directory"), outcome);
    // and none of a container that failed later
    bundle.config.process->args = {"/none"};
    bundle.write();
    const std::string file = bundle.directory().path("pid");
    BOOST_TEST(oci_run(create_words({"--pid-file", file})).status == 1);
    BOOST_TEST(!fs::exists(file));
}

CONTAINER_TEST(errors_are_logged_as_one_object) {
    bundle.config.process->args = {"/none"};
    bundle.write();
    const std::string log = bundle.directory().path("log.json");
    auto words = create_words();
    words.insert(words.begin(), {"--log", log, "--log-format", "json", "--debug"});
    const Outcome outcome = oci_run(words);
    BOOST_TEST(outcome.status == 1);
    const auto object = boost::json::parse(read_file(log)).as_object();
    BOOST_TEST(object.at("level").as_string() == "error");
    BOOST_TEST(has(std::string(object.at("msg").as_string()), "no such file or directory"));
    // what a hook says, and what there is to do, is in it too
    bundle.config.hooks.emplace().createRuntime.push_back(
        {.path = "/bin/sh",
         .args = {"sh", "-c", "echo no address left >&2; exit 3"},
         .env = {},
         .timeout = {}});
    bundle.write();
    fs::remove(log);
    BOOST_TEST(oci_run(words).status == 1);
    BOOST_TEST(has(read_file(log), "exit code 3; it printed: no address left\""), read_file(log));
    bundle.config.hooks.reset();
    bundle.config.process->terminal = true;
    bundle.write();
    fs::remove(log);
    BOOST_TEST(oci_run(words).status == 1);
    BOOST_TEST(has(read_file(log), "(give --console-socket, or set /process/terminal to false)"),
               read_file(log));
    bundle.config.process->terminal = false;
    // nothing is written where nothing fails
    fs::remove(log);
    bundle.config.process->args = {"/bin/true"};
    bundle.write();
    words[5] = "run";
    BOOST_TEST(oci_run(words).status == 0);
    BOOST_TEST(read_file(log) == "");
}

BOOST_AUTO_TEST_SUITE_END()
