// One more program in a container that runs: what it finds, what its caller gets.
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "support/skip.hpp"
#include "terminals.hpp"

using namespace ocikit::run::test;
namespace spec = ocikit::spec;
namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

// A container that waits to be told to end.
struct Running : Containers {
    void start() {
        bundle.set_script("trap 'exit 0' TERM; while true; do sleep 0.05; done");
        bundle.write();
        const Outcome outcome = oci_run(run_words({"--detach"}));
        BOOST_TEST_REQUIRE(outcome.status == 0, outcome);
    }
    void end() const { BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0); }
    Outcome exec(std::vector<std::string> words, const ChildOptions& options = {}) const {
        words.insert(words.begin(), "exec");
        return oci_run(words, options);
    }
    Outcome exec_script(const std::string& script, std::vector<std::string> words = {}) const {
        words.insert(words.end(), {id(), "sh", "-c", script});
        return exec(words);
    }
    // exec --process with the object, made of a usual one.
    Outcome exec_object(const json::object& members, const std::string& script) const {
        json::object process{{"cwd", "/"}, {"args", {"/bin/sh", "-c", script}}, {"env", {"PATH=/bin"}}};
        for (const auto& member : members)
            process[member.key()] = member.value();
        bundle.directory().write("process.json", json::serialize(process));
        return exec({"--process", bundle.directory().path("process.json"), id()});
    }
};

#define RUNNING_TEST(name)                                                 \
    struct name##_case : Running {                                         \
        void body();                                                       \
    };                                                                     \
    BOOST_AUTO_TEST_CASE(name) {                                           \
        const std::string reason = ocikit::run::test::why_no_containers(); \
        if (!reason.empty())                                               \
            return ocikit::test::skip(reason);                             \
        name##_case test;                                                  \
        test.body();                                                       \
        test.end();                                                        \
        test.check_nothing_is_left();                                      \
    }                                                                      \
    void name##_case::body()

const std::string status_lines =
    "grep -E '^(Uid|Gid|Groups|Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/self/status | "
    "tr -s '\\t ' ' '";

}  // namespace

BOOST_AUTO_TEST_SUITE(exec)

RUNNING_TEST(exit_status_and_streams) {
    start();
    const struct {
        const char* script;
        int status;
    } cases[] = {
        {"exit 0", 0}, {"exit 42", 42}, {"exit 255", 255}, {"kill -9 $$", 137}, {"kill -15 $$", 143}};
    for (const auto& [script, status] : cases)
        BOOST_TEST(exec_script(script).status == status, script);
    const Outcome outcome = exec_script("cat; echo out; echo err >&2");
    BOOST_TEST(outcome.out == "out\n");
    BOOST_TEST(outcome.err == "err\n");
    bundle.directory().write("input", "from outside\n");
    BOOST_TEST(exec({id(), "cat"}, {.input = bundle.directory().path("input"), .before_exec = [] {}}).out ==
               "from outside\n");
}

RUNNING_TEST(it_is_in_the_container) {
    using Type = spec::NamespaceType;
    bundle.config.linux->namespaces.push_back({Type::time, {}});
    start();
    BOOST_TEST(exec_script("hostname; ls /; readlink /proc/1/exe").out ==
               "inside\nbin\ndev\netc\nproc\nsys\ntmp\n/bin/busybox\n");
    const std::string init = "/proc/" + std::to_string(init_pid()) + "/ns/";
    for (const char* const type : {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"})
        BOOST_TEST(exec({id(), "readlink", "/proc/self/ns/" + std::string(type)}).out ==
                       fs::read_symlink(init + type).string() + "\n",
                   type);
    // with the eyes of the host, which sees whole paths
    const std::string pid_file = bundle.directory().path("pid");
    BOOST_TEST(exec({"--detach", "--pid-file", pid_file, id(), "sleep", "1000"}).status == 0);
    BOOST_TEST(read_file("/proc/" + read_file(pid_file) + "/cgroup") ==
               read_file("/proc/" + std::to_string(init_pid()) + "/cgroup"));
    BOOST_TEST(eventually([&] { return has(exec({id(), "ps"}).out, "sleep 1000"); }));
}

RUNNING_TEST(options) {
    bundle.config.process->env = {"PATH=/bin", "A=of the container", "MARK=" + id()};
    start();
    const struct {
        std::vector<std::string> words;
        std::string script;
        std::string out;
    } cases[] = {
        {{}, "pwd; echo $A; umask; id", "/\nof the container\n0022\nuid=0 gid=0\n"},
        {{"--cwd", "/tmp"}, "pwd", "/tmp\n"},
        {{"--cwd=/proc"}, "pwd", "/proc\n"},
        {{"-e", "A=new", "--env", "B=x=y", "--env=C="}, "echo $A $B \"<$C>\"", "new x=y <>\n"},
        {{"-u", "7"}, "id", "uid=7 gid=0\n"},
        {{"--user=7:8", "-g", "9", "--additional-gids", "10"}, "id", "uid=7 gid=8 groups=9,10\n"},
        {{"--no-new-privs"}, "grep NoNewPrivs /proc/self/status", "NoNewPrivs:\t1\n"},
        {{"--no-new-privs=false"}, "grep NoNewPrivs /proc/self/status", "NoNewPrivs:\t0\n"},
        {{"--tty=false"}, "ls /proc/self/fd", "0\n1\n2\n3\n"},
    };
    for (const auto& [words, script, out] : cases) {
        const Outcome outcome = exec_script(script, words);
        BOOST_TEST(outcome.out == out, outcome);
        BOOST_TEST(outcome.err == "");
        BOOST_TEST(outcome.status == 0);
    }
    // options may follow the ID, but not the program
    BOOST_TEST(exec({id(), "--cwd", "/tmp", "echo", "--cwd", "-e"}).out == "--cwd -e\n");
    BOOST_TEST(exec({id(), "--", "pwd"}).out == "/\n");
    BOOST_TEST(exec({id(), "echo", "--", "x"}).out == "-- x\n");
}

RUNNING_TEST(capabilities) {
    auto& sets = bundle.config.process->capabilities.emplace();
    sets.bounding = {"CAP_CHOWN", "CAP_FOWNER"};
    sets.inheritable = {"CAP_FOWNER"};
    sets.permitted = sets.effective = {"CAP_CHOWN"};
    start();
    const Outcome outcome =
        exec_script(status_lines, {"-c", "CAP_FOWNER", "--cap=CAP_KILL", "--cap", "CAP_SETGID"});
    BOOST_TEST(
        outcome.out ==
            "Uid: 0 0 0 0\nGid: 0 0 0 0\nGroups: \nCapInh: 0000000000000008\nCapPrm: 0000000000000069\n"
            "CapEff: 0000000000000069\nCapBnd: 0000000000000069\nCapAmb: 0000000000000008\nNoNewPrivs: 0\n"
            "Seccomp: 0\n",
        outcome);
    BOOST_TEST(has(exec_script("", {"--cap", "CAP_FLY"}).err, "unknown capability \"CAP_FLY\" is left out"));
}

RUNNING_TEST(a_process_object) {
    start();
    const struct {
        json::object members;
        std::string script;
        std::string out;
    } cases[] = {
        {{}, "id; umask; echo $MARK", "uid=0 gid=0\n0022\n\n"},
        {{{"cwd", "/tmp"}, {"env", {"PATH=/bin", "X=1"}}}, "pwd; echo $X", "/tmp\n1\n"},
        {{{"user", {{"uid", 3}, {"gid", 4}, {"umask", 63}, {"additionalGids", {5}}}}},
         "id; umask",
         "uid=3 gid=4 groups=5\n0077\n"},
        {{{"capabilities",
           {{"bounding", {"CAP_KILL"}}, {"permitted", {"CAP_KILL"}}, {"effective", {"CAP_KILL"}}}},
          {"noNewPrivileges", true}},
         status_lines,
         "Uid: 0 0 0 0\nGid: 0 0 0 0\nGroups: \nCapInh: 0000000000000000\nCapPrm: 0000000000000020\n"
         "CapEff: 0000000000000020\nCapBnd: 0000000000000020\nCapAmb: 0000000000000000\nNoNewPrivs: 1\n"
         "Seccomp: 0\n"},
        {{{"rlimits", {{{"type", "RLIMIT_NOFILE"}, {"soft", 20}, {"hard", 30}}}}},
         "ulimit -n; ulimit -Hn",
         "20\n30\n"},
        {{{"scheduler", {{"policy", "SCHED_BATCH"}}}}, "set -- $(cat /proc/self/stat); echo ${41}", "3\n"},
        {{{"execCPUAffinity", {{"initial", "0"}, {"final", "0"}}}},
         "grep Cpus_allowed_list /proc/self/status",
         "Cpus_allowed_list:\t0\n"},
        {{{"oomScoreAdj", 300}}, "cat /proc/self/oom_score_adj", "300\n"},
    };
    for (const auto& [members, script, out] : cases) {
        const Outcome outcome = exec_object(members, script);
        BOOST_TEST(outcome.out == out, json::serialize(members));
        BOOST_TEST(outcome.status == 0, outcome);
    }
    // and on standard input, as changed by options
    const Outcome changed = exec({"--process=-", "--cwd", "/bin", id(), "pwd"},
                                 {.input = bundle.directory().path("process.json"), .before_exec = [] {}});
    BOOST_TEST(changed.out == "/bin\n", changed);
}

RUNNING_TEST(the_configuration_of_create_counts) {
    bundle.config.process->env.push_back("V=first");
    auto& seccomp = bundle.config.linux->seccomp.emplace();
    seccomp.defaultAction = spec::SeccompAction::allow;
    seccomp.syscalls.push_back({{"mkdir", "mkdirat"}, spec::SeccompAction::errno_, 95, {}});
    start();
    bundle.config.process->env.back() = "V=second";
    bundle.config.linux->seccomp.reset();
    bundle.write();
    const Outcome outcome = exec_script("echo $V; mkdir /tmp/x");
    BOOST_TEST(outcome.out == "first\n");
    BOOST_TEST(has(outcome.err, "not supported"), outcome);
    const Outcome object =
        exec_object({{"noNewPrivileges", true}}, "grep Seccomp: /proc/self/status; mkdir /tmp/x");
    BOOST_TEST(object.out == "Seccomp:\t2\n");
    BOOST_TEST(has(object.err, "not supported"), object);
}

// As runc: the directory of the container's user, for a root that hasn't the capability to go there.
RUNNING_TEST(a_working_directory_of_another_user) {
    fs::create_directory(bundle.rootfs("/home"));
    BOOST_TEST(::chown(bundle.rootfs("/home").c_str(), 42, 42) == 0);
    fs::permissions(bundle.rootfs("/home"), fs::perms::owner_all);
    bundle.config.process->cwd = "/home";
    bundle.config.process->user.emplace().uid = 42;
    bundle.config.process->capabilities.emplace();
    start();
    BOOST_TEST(exec({id(), "pwd"}).out == "/home\n");
    const Outcome root = exec({"--user", "0", id(), "sh", "-c", "pwd; ls"});
    BOOST_TEST(has(root.out, "/home\n"), root);
    BOOST_TEST(has(root.err, "Permission denied"), root);
}

RUNNING_TEST(errors) {
    start();
    fs::create_directory(bundle.rootfs("/bin/folder"));
    bundle.directory().write("rootfs/bin/data", "no program");
    bundle.directory().write("bad.json", "{\"args\": \"ls\", \"cwd\": \"/\"}");
    bundle.directory().write("program.json", "{\"args\": [\"nothing\"], \"cwd\": \"/\"}");
    bundle.directory().write("values.json", R"({"args": ["ls"], "cwd": "/", "user": {"umask": 512}})");
    const std::string bad = bundle.directory().path("bad.json"),
                      program = bundle.directory().path("program.json"),
                      values = bundle.directory().path("values.json");
    const struct {
        std::vector<std::string> words;
        int status;
        std::string text;
    } cases[] = {
        {{id(), "nothing"}, 255, "exec " + id() + ": \"nothing\": executable file not found in $PATH"},
        {{id(), "/bin/nothing"}, 255, ": no such file or directory"},
        {{id(), "/bin/folder"}, 255, ": is a directory"},
        {{id(), "/bin/data"}, 255, ": permission denied"},
        {{id(), ""}, 255, "executable file not found in $PATH"},
        {{"--cwd", "/none", id(), "ls"}, 255, "process: /cwd: chdir to \"/none\": no such file or directory"},
        {{"--cwd", "none", id(), "ls"}, 255, "process: /cwd: \"none\" is not an absolute path"},
        {{"--process", "/none", id()}, 255, "/none: open: no such file or directory"},
        {{"--process", values, id()}, 255, values + ": /user/umask: 512 is above 511 (0777 in octal)"},
        {{"--process", bad, id()}, 255, bad + ":1:10: /args: expected an array"},
        {{"--process", program, id()},
         255,
         program + ": /args/0: \"nothing\": executable file not found in $PATH"},
        // 3 is what this program would open first
        {{"--preserve-fds", "1", id(), "ls"}, 255, "unable to stat preserved-fd 0 (of 1)"},
        {{"--process", "-", id()}, 255, "standard input:1:1: the text is empty"},
        {{"-c", "CAP_X", id(), "true"},
         0,
         "warning: process: /capabilities/bounding: unknown capability \"CAP_X\" is left out"},
        {{"-d", "-t", id(), "ls"}, 255, "without setting console socket"},
        {{"--console-socket", "/none", id(), "ls"}, 255, "cannot use console socket"},
        {{"--pid-file", "/none/pid", "-d", id(), "sleep", "1000"},
         255,
         "--pid-file: /none/: open: no such file or directory"},
        {{"--pidfd-socket", "/none", "-d", id(), "sleep", "1000"},
         255,
         "pidfd socket: no such file or directory"},
        {{"--cgroup", "../x", id(), "ls"}, 255, "is not a cgroup below the container's"},
        {{"--cgroup", "none", id(), "ls"}, 255, "no such file or directory"},
        {{"none-" + id(), "ls"}, 255, "container does not exist"},
        {{"a/b", "ls"}, 255, "invalid container ID format"},
        {{id()}, 255, "there is no program to execute"},
        {{"-e", "X", id(), "ls"}, 255, "--env: \"X\" is not NAME=VALUE"},
        {{"-u", "root", id(), "ls"}, 255, "--user: \"root\" is no ID"},
        {{"-u", "-1", id(), "ls"}, 255, "--user: \"-1\" is no ID"},
        {{"-u", "4294967295", id(), "ls"}, 255, "--user: \"4294967295\" is no ID"},
        {{"-g", "", id(), "ls"}, 255, "--additional-gids"},
        {{"--frob", id(), "ls"}, 1, "unknown option"},
    };
    for (const auto& [words, status, text] : cases) {
        const Outcome outcome = exec(words);
        BOOST_TEST(outcome.status == status, words[0] << " " << outcome);
        BOOST_TEST(has(outcome.err, text), words[0] << " " << outcome);
        BOOST_TEST(outcome.out == "");
    }
    const std::string pid_file = bundle.directory().path("pid");
    BOOST_TEST(exec({"--pid-file", pid_file, id(), "nothing"}).status == 255);
    BOOST_TEST(!fs::exists(pid_file), "a program that isn't there leaves no pid file");
    // whatever failed, nothing of it is left in the container
    BOOST_TEST(eventually([&] { return !has(exec({id(), "ps"}).out, "sleep 1000"); }));
}

RUNNING_TEST(only_in_a_container_that_runs) {
    bundle.set_script("exit 0");
    bundle.write();
    BOOST_TEST(oci_run(create_words()).status == 0);
    // as runc: what is created has its namespaces
    BOOST_TEST(exec({id(), "hostname"}).out == "inside\n");
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    const Outcome stopped = exec({id(), "ls"});
    BOOST_TEST(stopped.status == 255);
    BOOST_TEST(has(stopped.err, "cannot exec in a stopped container"), stopped);
}

RUNNING_TEST(signals_are_passed_on) {
    start();
    Child running(
        command({"exec", id(), "sh", "-c",
                 "trap 'echo usr1' USR1; trap 'exit 9' TERM; echo up; while true; do sleep 0.02; done"}));
    BOOST_TEST(eventually([&] { return running.out() == "up\n"; }));
    running.signal(SIGUSR1);
    BOOST_TEST(eventually([&] { return running.out() == "up\nusr1\n"; }));
    running.signal(SIGTERM);
    BOOST_TEST(running.wait().status == 9);
}

RUNNING_TEST(its_end_with_the_container) {
    start();
    Child running(command({"exec", id(), "sh", "-c", "echo up; sleep 1000"}));
    BOOST_TEST(eventually([&] { return running.out() == "up\n"; }));
    BOOST_TEST(oci_run({"kill", id(), "KILL"}).status == 0);
    BOOST_TEST(running.wait().status == 137);
}

RUNNING_TEST(detached) {
    start();
    const std::string pid_file = bundle.directory().path("pid"),
                      socket = bundle.directory().path("pidfd.sock");
    const ConsoleSocket listening(socket);
    BOOST_TEST(exec({"-d", "--pid-file", pid_file, "--pidfd-socket", socket, id(), "sleep", "1000"}).status ==
               0);
    const std::string pid = read_file(pid_file);
    BOOST_TEST(pid.find_first_not_of("0123456789") == std::string::npos, pid);
    BOOST_TEST(read_file("/proc/" + pid + "/cmdline") == std::string("sleep\0"
                                                                     "1000\0",
                                                                     11));
    auto message = listening.receive();
    BOOST_TEST_REQUIRE(message.has_value());
    BOOST_TEST(message->text == "setns");
    BOOST_TEST(has(read_file("/proc/self/fdinfo/" + std::to_string(message->descriptor.get())),
                   "\nPid:\t" + pid + "\n"));
}

RUNNING_TEST(at_a_terminal) {
    start();
    const Terminal terminal(33, 99);
    Child child(command({"exec", "--tty", id(), "sh", "-c", "tty; stty size; echo end; exit 23"}),
                terminal.options());
    const std::string text = read_until(terminal.master.get(), "end");
    BOOST_TEST(child.wait().status == 23);
    BOOST_TEST(text.starts_with("/dev/pts/0\r\n33 99\r\n"), text);
}

RUNNING_TEST(a_terminal_for_the_caller) {
    start();
    const std::string path = bundle.directory().path("console.sock");
    const ConsoleSocket socket(path);
    const Outcome outcome = exec({"--detach", "--tty", "-u", "12", "--console-socket", path, id(), "sh", "-c",
                                  "tty; stat -c %u /dev/pts/0; (: < /dev/tty) && echo controlling"});
    BOOST_TEST(outcome.status == 0, outcome);
    const auto message = socket.receive();
    BOOST_TEST_REQUIRE(message.has_value());
    BOOST_TEST(message->text == "/dev/pts/0");
    const std::string text = read_until(message->descriptor.get(), "controlling");
    BOOST_TEST(text.starts_with("/dev/pts/0\r\n12\r\ncontrolling"), text);
}

RUNNING_TEST(descriptors) {
    start();
    const std::string file = bundle.directory().path("given");
    bundle.directory().write("given", "three\n");
    ChildOptions options;
    options.before_exec = [&] {
        const int fd = ::open(file.c_str(), O_RDONLY);
        ::dup2(fd, 5);
        ::dup2(5, 3);
        ::dup2(5, 4);
    };
    BOOST_TEST(exec({id(), "ls", "/proc/self/fd"}, options).out == "0\n1\n2\n3\n");
    BOOST_TEST(exec({"--preserve-fds=1", id(), "sh", "-c", "ls /proc/self/fd; cat <&3"}, options).out ==
               "0\n1\n2\n3\n4\nthree\n");
}

// The working directory of a descriptor of the host's (CVE-2024-21626), and the host's
// binary by the link of a process that enters (CVE-2019-5736).
RUNNING_TEST(nothing_of_the_host_is_in_reach) {
    start();
    for (int fd = 3; fd < 12; ++fd) {
        const Outcome outcome = exec({"--cwd", "/proc/self/fd/" + std::to_string(fd), id(), "pwd"});
        BOOST_TEST(outcome.status == 255, outcome);
    }
    const Outcome own = exec({id(), "/proc/self/exe", "--version"});
    BOOST_TEST(own.status == 255);
    BOOST_TEST(has(own.err, "oci-run itself"), own);
    fs::create_symlink("/proc/self/exe", bundle.rootfs("/bin/link"));
    BOOST_TEST(exec({id(), "link", "--version"}).status == 255);
    bundle.directory().write("rootfs/bin/script", "#!/proc/self/exe\n");
    fs::permissions(bundle.rootfs("/bin/script"), fs::perms::all);
    BOOST_TEST(exec({id(), "script"}).status == 255);
}

// v2: what is cloned into a cgroup is one more there. v1: who joins one doesn't count.
RUNNING_TEST(at_the_limit_of_processes) {
    bundle.config.linux->resources.emplace().pids = spec::Pids{1};
    bundle.set_script("exec sleep 1000");
    bundle.write();
    BOOST_TEST_REQUIRE(oci_run(run_words({"--detach"})).status == 0);
    const Outcome outcome = exec({id(), "true"});
    BOOST_TEST(outcome.status == (is_cgroup_v2() ? 255 : 0), outcome);
    BOOST_TEST(
        has(outcome.err, "\n  the container's limit of processes is reached (pids.limit)") == is_cgroup_v2(),
        outcome);
    BOOST_TEST(oci_run({"update", "--pids-limit", "2", id()}).status == 0);
    BOOST_TEST(exec({id(), "true"}).status == 0);
}

RUNNING_TEST(a_cgroup_of_its_own) {
    start();
    const auto path = [&](const std::string& hierarchy) {
        return is_cgroup_v2() ? "/sys/fs/cgroup/oci-run-" + id()
                              : "/sys/fs/cgroup/" + hierarchy + "/oci-run-" + id();
    };
    const std::string pid_file = bundle.directory().path("pid");
    fs::create_directory(path("pids") + "/sub");
    const std::string option = is_cgroup_v2() ? "sub" : "pids:/sub";
    const Outcome outcome = exec({"-d", "--pid-file", pid_file, "--cgroup", option, id(), "sleep", "1000"});
    BOOST_TEST(outcome.status == 0, outcome);
    const std::string cgroups = read_file("/proc/" + read_file(pid_file) + "/cgroup");
    BOOST_TEST(has(cgroups, "/oci-run-" + id() + "/sub\n"), cgroups);
    if (!is_cgroup_v2())
        BOOST_TEST(has(cgroups, "/oci-run-" + id() + "\n"), cgroups);
}

BOOST_AUTO_TEST_SUITE_END()
