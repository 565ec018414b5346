// As others use it: the command lines of engines, the bundles that other runtimes
// make, and what a start costs.
#include <filesystem>
#include <sstream>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace fs = std::filesystem;

namespace {

// The bundle of RUNTIME spec, with the program given if it isn't to be the shell.
void check_bundle_of(const std::string& runtime, Containers& test) {
    if (!is_installed(runtime))
        return ocikit::test::skip(runtime + " is not installed");
    const Outcome made = Child({runtime, "spec", "--bundle", test.bundle.path()}).wait();
    BOOST_TEST_REQUIRE(made.status == 0, made);
    const std::string original = read_file(test.bundle.directory().path("config.json"));

    // as it is: a shell at a terminal. script(1) would do, but python, perl or expect too
    test.bundle.directory().write("input", "echo $((6*7)); exit 5\n");
    const Outcome shell = test.oci_run(
        test.run_words(), {.input = test.bundle.directory().path("input"), .before_exec = [] {}});
    BOOST_TEST(shell.status == 5, shell);
    BOOST_TEST(has(shell.out, "\r\n42\r\n"), shell);

    boost::json::object config = boost::json::parse(original).as_object();
    boost::json::object& process = config.at("process").as_object();
    process["terminal"] = false;
    process["args"] = {"sh", "-c", "id -u; pwd; hostname; exit 6"};
    test.bundle.directory().write("config.json", boost::json::serialize(config));
    const Outcome plain = test.oci_run(test.run_words());
    BOOST_TEST(plain.status == 6, plain);
    BOOST_TEST(plain.out == "0\n/\n" + std::string(config.at("hostname").as_string()) + "\n", plain);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(callers)

CONTAINER_TEST(a_bundle_of_runc) {
    check_bundle_of("runc", *this);
}

CONTAINER_TEST(a_bundle_of_crun) {
    check_bundle_of("crun", *this);
}

// containerd's shim and go-runc
CONTAINER_TEST(as_containerd_calls) {
    bundle.set_script("trap 'exit 0' TERM; touch /up; while true; do sleep 0.02; done");
    bundle.write();
    const std::string log = bundle.directory().path("log.json");
    const std::string pid_file = bundle.directory().path("init.pid");
    const auto call = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {OCIKIT_OCI_RUN, "--root", state_root(), "--debug", "--log", log,
                                     "--log-format", "json", "--rootless=false"});
        return Child(words).wait();
    };
    const Outcome created = call({"create", "--bundle", bundle.path(), "--pid-file", pid_file, "--detach",
                                  "--no-new-keyring", "--preserve-fds", "0", id()});
    BOOST_TEST(created.status == 0, created);
    BOOST_TEST(call({"start", id()}).status == 0);
    BOOST_TEST(read_file(pid_file) == std::to_string(init_pid()));
    BOOST_TEST(eventually([&] { return fs::exists(bundle.rootfs("/up")); }));
    BOOST_TEST(has(call({"list", "--format=json"}).out, "\"id\":\"" + id() + "\""));
    BOOST_TEST(call({"kill", id(), "15"}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    const Outcome again = call({"kill", "--all", id(), "9"});
    BOOST_TEST(has(again.err, "container not running"), again);
    BOOST_TEST(has(read_file(log), "container not running"));
    BOOST_TEST(call({"delete", id()}).status == 0);
    BOOST_TEST(has(call({"delete", id()}).err, "does not exist"));
    BOOST_TEST(call({"delete", "--force", id()}).status == 0);
    // single dash, as restore has it
    BOOST_TEST(call({"run", "-no-subreaper", "-bundle", bundle.path(), "-detach", id()}).status == 0);
    BOOST_TEST(call({"delete", "-force", id()}).status == 0);
}

// A configuration apart from the bundle, as crun takes it.
CONTAINER_TEST(configuration_of_another_name) {
    bundle.set_script("exit 9");
    bundle.write();
    fs::rename(bundle.directory().path("config.json"), bundle.directory().path("other.json"));
    for (const std::string& file : {std::string("other.json"), bundle.directory().path("other.json")}) {
        const Outcome outcome = oci_run({"run", "--bundle", bundle.path(), "--config", file, id()});
        BOOST_TEST(outcome.status == 9, outcome);
    }
    const Outcome missing = oci_run({"run", "--bundle", bundle.path(), "-f", "none.json", id()});
    BOOST_TEST(missing.status == 1);
    BOOST_TEST(has(missing.err, bundle.path() + "/none.json: open: no such file or directory"), missing);
}

// conmon for podman, CRI-O, buildah, and the command line of the OCI's own document
CONTAINER_TEST(as_conmon_and_others_call) {
    bundle.set_script("sleep 1000");
    bundle.write();
    const std::string pid_file = bundle.directory().path("pidfile");
    const auto call = [&](std::vector<std::string> words) {
        words.insert(words.begin(), OCIKIT_OCI_RUN);
        return Child(words).wait();
    };
    const std::string root = "--root=" + state_root();
    const std::string log = "--log=" + bundle.directory().path("oci-log");
    const Outcome conmon = call({"--root", "/none", root, "--log-format=json", log, "create", "--bundle",
                                 bundle.path(), "--pid-file", pid_file, id()});
    BOOST_TEST(conmon.status == 0, conmon);
    BOOST_TEST(call({root, "start", id()}).status == 0);
    BOOST_TEST(call({root, root, "state", id()}).status == 0);
    BOOST_TEST(call({root, "kill", "-a", id(), "9"}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(call({root, "delete", "--force", id()}).status == 0);
    for (const char* const signal : {"KILL", "sigkill", "9", "SIGKILL"}) {
        BOOST_TEST(call({"create", id(), "--bundle", bundle.path(), "--pid-file", pid_file, root}).status ==
                   0);
        BOOST_TEST(call({"start", id(), root}).status == 0);
        BOOST_TEST(call({"kill", id(), signal, root}).status == 0, signal);
        BOOST_TEST(eventually([&] { return state() == "stopped"; }));
        BOOST_TEST(call({root, "delete", id()}).status == 0);
    }
    for (const char* const words : {"frobnicate", "create", "start", "state", "kill", "delete", "run",
                                    "state a b", "kill a b c", "create --none x", "--none list"}) {
        const Outcome outcome = Child({"sh", "-c", std::string(OCIKIT_OCI_RUN) + " " + words}).wait();
        BOOST_TEST(outcome.status == 1, words << ": " << outcome);
        BOOST_TEST(outcome.out == "");
        BOOST_TEST(outcome.err.starts_with("oci-run: "), outcome);
    }
    const std::string version = call({"--version"}).out;
    BOOST_TEST(version.starts_with("oci-run version "), version);
    BOOST_TEST(version.find("version") == version.rfind("version"), version);  // dockerd takes the last
    BOOST_TEST(has(version, "\nspec: 1.3.0\n"), version);
    BOOST_TEST(call({"delete", "--help"}).status == 0);
}

CONTAINER_TEST(commands_of_others) {
    for (const auto& [words, text] : {std::pair<std::vector<std::string>, const char*>{
                                          {"checkpoint", "--help"}, "doesn't save processes"},
                                      {{"restore", "--lsm-mount-context"}, "doesn't save processes"}}) {
        const Outcome outcome = oci_run(words);
        BOOST_TEST(outcome.status == 1, outcome);
        BOOST_TEST(has(outcome.err, text), outcome);
    }
}

CONTAINER_TEST(spec_writes_what_oci_gen_does) {
    const std::string alone = bundle.directory().path("bin/alone/oci-run");  // with nothing beside it
    fs::create_directories(fs::path(alone).parent_path());
    fs::copy_file(OCIKIT_OCI_RUN, alone);
    const auto spec = [&](const std::string& program, const std::string& path, bool rootless) {
        ChildOptions options;
        options.before_exec = [path] { ::setenv("PATH", path.c_str(), 1); };
        std::vector<std::string> words{program, "spec", "-b", bundle.path()};
        if (rootless)
            words.push_back("--rootless");
        return Child(words, options).wait();
    };
    const std::string file = bundle.path() + "/config.json";
    const std::string directory = fs::path(OCIKIT_OCI_GEN).parent_path();
    for (const bool rootless : {true, false}) {
        const auto text = Child({OCIKIT_OCI_GEN, "--profile", rootless ? "rootless" : "default"}).wait().out;
        for (const auto& [program, path] :
             {std::pair<std::string, std::string>{OCIKIT_OCI_RUN, "/nowhere"}, {alone, directory}}) {
            fs::remove(file);
            BOOST_TEST(spec(program, path, rootless).status == 0);
            BOOST_TEST(read_file(file) == text);
        }
    }
    const std::string before = read_file(file);
    const Outcome again = spec(alone, directory, true);
    BOOST_TEST(again.status == 1);
    BOOST_TEST(again.err ==
               "oci-run: spec: oci-gen: " + file + ": file exists\n  oci-gen --force replaces it\n");
    BOOST_TEST(read_file(file) == before);
    const Outcome nowhere = spec(alone, "/nowhere", false);
    BOOST_TEST(nowhere.status == 1);
    BOOST_TEST(has(nowhere.err, "find oci-gen: it is neither there nor in $PATH\n  oci-gen makes"), nowhere);
    BOOST_TEST(oci_run({"run", "-b", bundle.path(), id()}).status == 0);
}

// The last object of a JSON log is the error that containerd tells, the only one podman's.
CONTAINER_TEST(a_log_for_the_caller) {
    const std::string log = bundle.directory().path("log");
    const struct {
        std::vector<std::string> words;
        std::string message;
    } cases[] = {
        {{"start", id()}, "start " + id() + ": container does not exist"},
        {{"exec", id(), "ls"}, "exec " + id() + ": container does not exist"},
        {{"kill", id(), "FROB"}, "kill " + id() + ": unknown signal"},
    };
    for (const auto& [words, message] : cases) {
        for (const char* const prefix : {"", "file:"}) {
            fs::remove(log);
            std::vector<std::string> all{"--log=" + (prefix + log), "--log-format=json", "--log-level",
                                         "debug"};
            all.insert(all.end(), words.begin(), words.end());
            BOOST_TEST(oci_run(all).status != 0);
            const auto object = boost::json::parse(read_file(log));
            BOOST_TEST(object.at("level") == "error");
            BOOST_TEST(has(std::string(object.at("msg").as_string()), message));
            BOOST_TEST(object.at("time").is_string());
        }
    }
    fs::remove(log);
    const Outcome listed = oci_run({"--log", log, "--log-format", "json", "list", "-f", "json"});
    BOOST_TEST(listed.out == "[]\n", listed);
    BOOST_TEST(read_file(log) == "", "what succeeds logs nothing");
    for (const char* const place : {"journald:x", "syslog:x"})
        BOOST_TEST(oci_run({"--log", place, "list"}).status == 1);
    const Outcome unwritable = oci_run({"--log", log + "/x", "list"});
    BOOST_TEST(unwritable.status == 1);
    BOOST_TEST(unwritable.err == "oci-run: --log: " + log + "/x: open: not a directory\n", unwritable);
}

CONTAINER_TEST(a_start_takes_few_system_calls) {
    if (!is_installed("strace"))
        return ocikit::test::skip("strace is not installed");
#ifdef __SANITIZE_ADDRESS__
    return ocikit::test::skip("a sanitizer's run-time library makes calls of its own");
#endif
    bundle.config.process->args = {"/bin/true"};
    bundle.write();
    const std::string counts = bundle.directory().path("counts");
    auto words = command(run_words());
    words.insert(words.begin(), {"strace", "-f", "-c", "-o", counts});
    const Outcome outcome = Child(words).wait();
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome);
    int total = 0, executions = 0;
    std::istringstream lines(read_file(counts));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string share, seconds, each;
        int calls = 0;
        fields >> share >> seconds >> each >> calls;
        if (line.ends_with(" total"))
            total = calls;
        if (line.ends_with(" execve"))
            executions = calls;
    }
    // its own and the program's
    BOOST_TEST(executions == 2);
    BOOST_TEST(total > 100);
    BOOST_TEST(total <= 450, read_file(counts));
}

BOOST_AUTO_TEST_SUITE_END()
