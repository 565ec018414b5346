// What the program finds: its arguments, its user, its limits, its descriptors.
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace spec = ocikit::spec;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(process)

CONTAINER_TEST(exit_status) {
    const struct {
        const char* script;
        int status;
    } cases[] = {
        {"exit 0", 0},
        {"exit 42", 42},
        {"exit 255", 255},
        {"kill -9 $$; sleep 9", 128 + 9},
    };
    // as process 1 of a pid namespace it would be safe from its own signals
    std::erase_if(bundle.config.linux->namespaces,
                  [](const auto& ns) { return ns.type == spec::NamespaceType::pid; });
    for (const auto& [script, status] : cases) {
        const Outcome outcome = run_script(script);
        BOOST_TEST(outcome.status == status, script << ": " << outcome);
        BOOST_TEST(outcome.err == "");
    }
    BOOST_TEST(run_script("kill -15 $$; sleep 9").status == 128 + 15);
}

CONTAINER_TEST(arguments_and_environment) {
    bundle.config.process->args = {"sh", "-c", "echo \"$0|$1|$#\"; env", "zero", "a b", ""};
    bundle.config.process->env = {"PATH=/none:/bin", "X=1 2", "Y=", "Z"};
    Outcome outcome = run();
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(outcome.out.starts_with("zero|a b|2\n"), outcome);
    BOOST_TEST(has(outcome.out, "PATH=/none:/bin\n"));
    BOOST_TEST(has(outcome.out, "X=1 2\n"));
    BOOST_TEST(has(outcome.out, "Y=\n"));
    BOOST_TEST(has(outcome.out, "HOME=/\n"));
    // execvp(3) without PATH
    bundle.config.process->env = {};
    bundle.config.process->args = {"true"};
    BOOST_TEST(run().status == 0);
}

// $HOME is the one variable that is added, and only where env has none.
CONTAINER_TEST(home_directory_of_the_user) {
    bundle.config.process->args = {"sh", "-c", "echo $HOME"};
    const auto home = [&](std::uint32_t uid, std::vector<std::string> env) {
        bundle.config.process->user.emplace().uid = uid;
        bundle.config.process->env = std::move(env);
        return run().out;
    };
    bundle.directory().write("rootfs/etc/passwd",
                             "root:x:0:0:root:/root:/bin/sh\nbroken\n\nweb:x:33:33::/var/www:/bin/sh\n");
    BOOST_TEST(home(0, {"PATH=/bin"}) == "/root\n");
    BOOST_TEST(home(33, {"PATH=/bin"}) == "/var/www\n");
    BOOST_TEST(home(34, {"PATH=/bin"}) == "/\n");
    BOOST_TEST(home(33, {"PATH=/bin", "HOME="}) == "/var/www\n");
    BOOST_TEST(home(33, {"PATH=/bin", "HOME=/srv"}) == "/srv\n");
    // what would block who opens it
    fs::remove(bundle.rootfs("/etc/passwd"));
    BOOST_TEST_REQUIRE(::mkfifo(bundle.rootfs("/etc/passwd").c_str(), 0644) == 0);
    BOOST_TEST(home(0, {"PATH=/bin"}) == "/\n");
}

CONTAINER_TEST(working_directory) {
    bundle.config.process->cwd = "/made/here";
    BOOST_TEST(run_script("pwd").out == "/made/here\n");
    fs::create_symlink("/tmp", bundle.rootfs("/link"));
    bundle.config.process->cwd = "/link";
    BOOST_TEST(run_script("/bin/pwd -P").out == "/tmp\n");
    bundle.config.process->cwd = "/bin/busybox";
    const Outcome file = run();
    BOOST_TEST(file.status == 1);
    BOOST_TEST(has(file.err, "config.json: /process/cwd: chdir to \"/bin/busybox\": not a directory"), file);
}

CONTAINER_TEST(names) {
    bundle.config.domainname = "domain.example";
    const Outcome outcome = run_script("hostname; cat /proc/sys/kernel/domainname");
    BOOST_TEST(outcome.out == "inside\ndomain.example\n", outcome);
}

CONTAINER_TEST(user_and_umask) {
    bundle.config.process->user = spec::User{12, 34, 0027, {56, 78}, {}};
    const Outcome outcome =
        run_script("umask; grep -E '^(Uid|Gid|Groups)' /proc/self/status | tr -s '\\t ' ' '");
    BOOST_TEST(outcome.out == "0027\nUid: 12 12 12 12\nGid: 34 34 34 34\nGroups: 56 78 \n", outcome);
    bundle.config.process->user.reset();
    BOOST_TEST(run_script("umask; id -u; id -g; id -G").out == "0022\n0\n0\n0\n");
}

CONTAINER_TEST(capabilities) {
    auto& sets = bundle.config.process->capabilities.emplace();
    sets.bounding = {"CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"};
    sets.permitted = {"CAP_CHOWN", "CAP_KILL"};
    sets.effective = {"CAP_CHOWN"};
    sets.inheritable = {"CAP_KILL"};
    sets.ambient = {"CAP_KILL"};
    bundle.config.process->user = spec::User{12, 34, {}, {}, {}};
    bundle.config.process->noNewPrivileges = true;
    const std::string script = "grep -E '^(Cap|NoNewPrivs)' /proc/self/status | tr -s '\\t' ' '";
    // what isn't ambient is lost by execve(2) of a user that isn't root
    BOOST_TEST(run_script(script).out ==
               "CapInh: 0000000000000020\nCapPrm: 0000000000000020\nCapEff: 0000000000000020\n"
               "CapBnd: 0000000000002021\nCapAmb: 0000000000000020\nNoNewPrivs: 1\n");
    bundle.config.process->user.reset();
    bundle.config.process->noNewPrivileges.reset();
    bundle.config.process->capabilities.reset();
    BOOST_TEST(run_script(script).out ==
               "CapInh: 0000000000000000\nCapPrm: 0000000000000000\nCapEff: 0000000000000000\n"
               "CapBnd: 0000000000000000\nCapAmb: 0000000000000000\nNoNewPrivs: 0\n");
}

CONTAINER_TEST(capabilities_that_cannot_be_granted_are_warned_of) {
    auto& sets = bundle.config.process->capabilities.emplace();
    sets.bounding = {"CAP_CHOWN", "CAP_FLY"};
    sets.permitted = {"CAP_CHOWN"};
    sets.effective = {"CAP_CHOWN", "CAP_KILL"};
    const Outcome outcome = run_script("exit 3");
    BOOST_TEST(outcome.status == 3, outcome);
    BOOST_TEST(
        outcome.err ==
        "oci-run: warning: config.json: /process/capabilities/bounding: unknown capability \"CAP_FLY\" is "
        "left out\n"
        "oci-run: warning: config.json: /process/capabilities/effective: left out: CAP_KILL (not "
        "permitted)\n");
    // what isn't inheritable can't be ambient, which makes a difference for other users only
    sets.bounding = sets.permitted = sets.effective = sets.ambient = {"CAP_CHOWN"};
    const Outcome root = run_script("grep CapEff /proc/self/status");
    BOOST_TEST(root.out == "CapEff:\t0000000000000001\n", root);
    BOOST_TEST(root.err == "");
    bundle.config.process->user.emplace().uid = 5;
    BOOST_TEST(has(run().err, "/ambient: left out: CAP_CHOWN (not both permitted and inheritable)"));
}

CONTAINER_TEST(resource_limits) {
    bundle.config.process->rlimits = {
        {"RLIMIT_NOFILE", 64, 32}, {"RLIMIT_CORE", 0, 0}, {"RLIMIT_AS", 1u << 30, 1u << 29}};
    const Outcome outcome = run_script(
        "grep -E '^Max (open files|core file size|address space)' /proc/self/limits | tr -s ' ' ' '");
    BOOST_TEST(outcome.out ==
                   "Max core file size 0 0 bytes \nMax open files 32 64 files \n"
                   "Max address space 536870912 1073741824 bytes \n",
               outcome);
}

// A limit that is the program's must not get into the way of what comes before it.
CONTAINER_TEST(limits_that_leave_little_room) {
    bundle.config.process->rlimits = {
        {"RLIMIT_NOFILE", 5, 5}, {"RLIMIT_FSIZE", 0, 0}, {"RLIMIT_STACK", 1 << 20, 1 << 20}};
    BOOST_TEST(run_script("true").status == 0);
    const Outcome created = oci_run(create_words());
    BOOST_TEST(created.status == 0, created);
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

// The program needs no capability for a limit that its configuration has.
CONTAINER_TEST(hard_limits_above_those_of_the_caller) {
    constexpr unsigned sys_resource = 24;
    if (!has_capability(sys_resource))
        return ocikit::test::skip("this needs CAP_SYS_RESOURCE");
    bundle.config.process->rlimits = {{"RLIMIT_NOFILE", 4097, 4097}};
    bundle.set_script("ulimit -Hn");
    ChildOptions options;
    options.before_exec = [&] {
        const struct rlimit low { 4096, 4096 };
        ::setrlimit(RLIMIT_NOFILE, &low);
    };
    const Outcome outcome = run({}, options);
    BOOST_TEST(outcome.out == "4097\n", outcome);
}

CONTAINER_TEST(oom_score) {
    bundle.config.process->oomScoreAdj = 500;
    BOOST_TEST(run_script("cat /proc/self/oom_score_adj").out == "500\n");
    bundle.config.process->oomScoreAdj.reset();
    BOOST_TEST(run_script("cat /proc/self/oom_score_adj").out == read_file("/proc/self/oom_score_adj"));
}

CONTAINER_TEST(no_descriptor_leaks_into_the_container) {
    bundle.set_script("ls /proc/self/fd");
    ChildOptions options;
    options.before_exec = [] {
        for (int i = 0; i < 5; ++i)
            ::open("/etc/passwd", O_RDONLY);  // without O_CLOEXEC
        ::dup2(3, 200);
    };
    // 3 is the directory that ls reads
    BOOST_TEST(run({}, options).out == "0\n1\n2\n3\n");
    bundle.write();
    BOOST_TEST(oci_run(create_words(), options).status == 0);
    BOOST_TEST(fs::exists("/proc/" + std::to_string(init_pid()) + "/fd/2"));
    int open = 0;
    for (const auto& fd : fs::directory_iterator("/proc/" + std::to_string(init_pid()) + "/fd")) {
        ++open;
        BOOST_TEST(!has(fs::read_symlink(fd), "passwd"), fd.path());
    }
    BOOST_TEST(open == 4);  // and the socket that it waits at
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

CONTAINER_TEST(descriptors_are_handed_on) {
    directory().write("../" + fs::path(state_root()).filename().string() + "-given", "");
    const std::string file = state_root() + "-given";
    bundle.set_script("ls /proc/self/fd; cat <&3; cat <&4; echo \"$LISTEN_FDS $LISTEN_PID\"");
    ChildOptions options;
    options.before_exec = [&] {
        const int fd = ::open(file.c_str(), O_RDWR);
        ::write(fd, "three\n", 6);
        ::lseek(fd, 0, SEEK_SET);
        ::dup2(fd, 4);  // whatever this program was started with, 3 and 4 are the file
        ::dup2(4, 3);
        ::open("/etc/passwd", O_RDONLY);
    };
    const Outcome preserved = run({"--preserve-fds", "2"}, options);
    BOOST_TEST(preserved.out == "0\n1\n2\n3\n4\n5\nthree\n \n", preserved);
    auto listening = options;
    listening.before_exec = [&] {
        options.before_exec();
        ::setenv("LISTEN_FDS", "1", 1);
    };
    BOOST_TEST(run({"--preserve-fds=1"}, listening).out == "0\n1\n2\n3\n4\n5\nthree\n1 1\n");
    const Outcome missing = run({"--preserve-fds", "9"}, options);
    BOOST_TEST(missing.status == 1);
    BOOST_TEST(has(missing.err, "unable to stat preserved-fd 3 (of 9)"), missing);
    // announced, but not there: the container is told the same, and gets nothing of oci-run's in its place
    listening.before_exec = [&] {
        ::close_range(3, ~0U, 0);
        ::setenv("LISTEN_FDS", "9", 1);
    };
    bundle.set_script(
        "for fd in /proc/self/fd/*; do readlink $fd; done | grep -vc proc; echo \"$LISTEN_FDS $LISTEN_PID\"");
    BOOST_TEST(run({}, listening).out == "3\n9 1\n");
    fs::remove(file);
}

CONTAINER_TEST(signals_have_their_defaults) {
    bundle.set_script("grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status | tr -s '\\t' ' '");
    bundle.config.process->args = {"/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"};
    ChildOptions options;
    options.before_exec = [] {
        ::signal(SIGPIPE, SIG_IGN);
        ::signal(SIGHUP, SIG_IGN);
        sigset_t set;
        ::sigemptyset(&set);
        ::sigaddset(&set, SIGUSR1);
        ::sigprocmask(SIG_BLOCK, &set, nullptr);
    };
    BOOST_TEST(run({}, options).out == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

CONTAINER_TEST(run_passes_signals_on) {
    bundle.set_script(
        "trap 'echo term' TERM; trap 'echo usr1' USR1; trap 'echo int; exit 7' INT; echo ready; "
        "while true; do sleep 0.02; done");
    bundle.write();
    Child running(command(run_words()));
    BOOST_TEST_REQUIRE(eventually([&] { return running.out() == "ready\n"; }));
    running.signal(SIGTERM);
    BOOST_TEST(eventually([&] { return running.out() == "ready\nterm\n"; }));
    running.signal(SIGUSR1);
    BOOST_TEST(eventually([&] { return running.out() == "ready\nterm\nusr1\n"; }));
    running.signal(SIGINT);
    BOOST_TEST(running.wait().status == 7);
}

CONTAINER_TEST(pipes_belong_to_the_user) {
    bundle.config.process->user = spec::User{12, 34, {}, {}, {}};
    bundle.set_script("echo out > /dev/stdout; user=$(stat -L -c %u:%g /proc/$$/fd/1); echo $user >&2");
    int ends[2];
    BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    ChildOptions options;
    options.before_exec = [&] { ::dup2(ends[1], 1); };
    const Outcome outcome = run({}, options);
    ::close(ends[1]);
    char text[16] = {};
    BOOST_TEST(::read(ends[0], text, sizeof text) == 4);
    ::close(ends[0]);
    BOOST_TEST(std::string(text) == "out\n");
    BOOST_TEST(outcome.err == "12:34\n");
}

BOOST_AUTO_TEST_SUITE_END()
