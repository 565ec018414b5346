// Killed at any moment, on disks of any size, with system calls that fail: what has its final
// name is complete, or what it was before.
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "archive/test/tree.hpp"
#include "oci-pack/test/sample_bundle.hpp"
#include "support/skip.hpp"
#include "support/temp_dir.hpp"

using namespace ocikit::archive::test;
using namespace ocikit::pack::test;
using ocikit::test::TempDir;

namespace {

const std::string program = OCIKIT_OCI_PACK;

struct Sample : TempDir {
    Sample() { make_plain_bundle(path("bundle")); }
    Outcome run(const std::string& command) const {
        return shell("cd " + path() + " && P=" + program + "; " + command);
    }
    std::string output(const std::string& command) const {
        const Outcome outcome = run(command);
        BOOST_TEST_REQUIRE(outcome.status == 0, command << ": " << outcome.output);
        return outcome.output;
    }
};

[[noreturn]] void become_traced(const std::string& directory, const std::vector<std::string>& words) {
    std::vector<char*> arguments{const_cast<char*>(program.c_str())};
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (::chdir(directory.c_str()) == 0 && ::dup2(null, 1) == 1 && ::dup2(null, 2) == 2 &&
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0)
        ::execv(program.c_str(), arguments.data());
    ::_exit(127);
}

// Runs the program and kills it when it has entered or left its n-th system call, those of
// all its threads counted. Returns how many there were until then.
long kill_at(long n, const std::string& directory, const std::vector<std::string>& words) {
    const pid_t pid = ::fork();
    if (pid == 0)
        become_traced(directory, words);
    long count = 0;
    int status = 0;
    for (pid_t stopped = 0; (stopped = ::waitpid(-1, &status, __WALL)) > 0;) {
        if (!WIFSTOPPED(status))
            continue;
        int signal = WSTOPSIG(status);
        if (signal == (SIGTRAP | 0x80) && ++count == n)
            ::kill(pid, SIGKILL);
        if (signal == SIGTRAP && count == 0)  // execve
            ::ptrace(PTRACE_SETOPTIONS, stopped, nullptr,
                     PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
        if ((signal & ~0x80) == SIGTRAP || signal == SIGSTOP)  // of the tracing, not for the program
            signal = 0;
        ::ptrace(PTRACE_SYSCALL, stopped, nullptr, signal);
    }
    return count;
}

bool can_trace() {
    const long count = kill_at(LONG_MAX, "/", {"--version"});
    if (count < 10)
        ocikit::test::skip("programs can't be traced here");
    return count >= 10;
}

// At the first n for which the program isn't killed, it has done its work.
void kill_everywhere(const Sample& sample, const std::vector<std::string>& words,
                     const std::function<void()>& check) {
    const long all = kill_at(LONG_MAX, sample.path(), words);
    BOOST_TEST_REQUIRE(all > 100);
    check();
    // before the last hundred there is mostly loading and reading
    for (long n = 1; n <= all; n += n + 100 < all ? 17 : 1) {
        kill_at(n, sample.path(), words);
        BOOST_TEST_CONTEXT("system call " << n << " of " << all) {
            check();
        }
    }
}

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {(std::istreambuf_iterator<char>(in)), {}};
}

std::string names_of(const Tree& tree) {
    std::string names;
    for (const auto& [name, text] : tree)
        names += name + '\n';
    return names;
}

const char* const remove_hidden = "rm -rf .ocikit.*";

}  // namespace

BOOST_FIXTURE_TEST_CASE(create_killed_anywhere, Sample) {
    if (!can_trace())
        return;
    output("$P create -qo good.tar bundle; touch bundle/rootfs/more; $P create -qo better.tar bundle");
    const std::string better = read_file(path("better.tar"));
    const std::string good = read_file(path("good.tar"));
    int made = 0;
    kill_everywhere(*this, {"create", "-o", "x.tar", "bundle"}, [&] {
        // on this file system there is no moment at which there is anything else
        const std::string names = output("ls -A");
        const bool there = names.ends_with("x.tar\n");
        BOOST_TEST(names == std::string("better.tar\nbundle\ngood.tar\n") + (there ? "x.tar\n" : ""));
        BOOST_TEST((!there || read_file(path("x.tar")) == better));
        made += there ? 1 : 0;
        ::unlink(path("x.tar").c_str());
    });
    BOOST_TEST(made > 1);
    kill_everywhere(*this, {"create", "-fo", "good.tar", "bundle"}, [&] {
        const std::string found = read_file(path("good.tar"));
        BOOST_TEST((found == good || found == better));
        std::ofstream(path("good.tar"), std::ios::binary) << good;
        output(remove_hidden);
        BOOST_TEST(output("ls -A") == "better.tar\nbundle\ngood.tar\n");
    });
}

BOOST_FIXTURE_TEST_CASE(extract_killed_anywhere, Sample) {
    if (!can_trace())
        return;
    output("$P create -qo x.tar bundle; mkdir empty");
    const Tree whole = read_tree(path("bundle"));
    kill_everywhere(*this, {"extract", "x.tar", "out"}, [&] {
        if (::access(path("out").c_str(), F_OK) == 0)
            BOOST_TEST(differences(whole, read_tree(path("out"))) == "");
        output("rm -rf out .ocikit.*");
        BOOST_TEST(output("ls -A") == "bundle\nempty\nx.tar\n");
    });
    kill_everywhere(*this, {"extract", "x.tar", "empty"}, [&] {
        output("rm -rf empty/.ocikit.*");
        if (::access(path("empty/config.json").c_str(), F_OK) == 0)
            BOOST_TEST(differences(whole, read_tree(path("empty"))) == "");
        output("rm -rf empty; mkdir empty");
    });
}

BOOST_FIXTURE_TEST_CASE(to_image_killed_anywhere, Sample) {
    if (!can_trace())
        return;
    output(
        "$P to-image -qo layout:one bundle; touch bundle/rootfs/more; cp -a layout before;"
        " cp -a layout after; $P to-image -qo after:two bundle");
    const std::string before = read_file(path("before/index.json"));
    const std::string after = read_file(path("after/index.json"));
    kill_everywhere(*this, {"to-image", "-o", "layout:two", "bundle"}, [&] {
        const std::string index = read_file(path("layout/index.json"));
        BOOST_TEST((index == before || index == after));
        // blobs are what they are called, and those that the index needs are there
        BOOST_TEST(
            output("cd layout/blobs/sha256; for f in *; do echo \"$f  $f\"; done | sha256sum -c --quiet") ==
            "");
        if (index == after)
            output(
                "cmp -s layout/index.json after/index.json; rm -rf layout/.ocikit.*; diff -r layout after");
        output("rm -rf layout; cp -a before layout");
    });
}

BOOST_FIXTURE_TEST_CASE(system_calls_that_fail, Sample) {
    if (run("strace -o strace.log -e inject=getpgid:error=EPERM true").status != 0)
        return ocikit::test::skip("strace isn't there, or can't trace");
    output(
        "mkdir start; mv bundle start; cd start; $P create -qo old.tar bundle; cp old.tar x.tar; mkdir empty;"
        " $P to-image -qo layout:one bundle; chmod 644 bundle/config.json");
    const Tree start = read_tree(path("start"));
    const struct {
        const char* command;
        std::vector<const char*> calls;
    } cases[] = {
        {"create -qo new.tar bundle", {"linkat", "pwrite64", "getdents64"}},
        {"create -qfo old.tar bundle", {"renameat", "pwrite64"}},
        {"create -qo new.tar --digest-file sum bundle", {"write"}},
        {"extract x.tar new", {"renameat2", "pwrite64", "mkdirat", "utimensat", "fchmodat,chmod,fchmod"}},
        {"extract x.tar empty", {"renameat2", "unlinkat", "pwrite64"}},
        {"to-image -qo new bundle", {"linkat", "write", "fsync", "mkdirat", "fchmod"}},
        {"to-image -qo layout:two bundle", {"linkat", "renameat", "write", "fsync", "flock"}},
    };
    const auto run_with = [&](const std::string& command, const std::string& inject) {
        // leaks can't be looked for while a program is traced
        return run(
            "rm -rf work; cp -a start work; cd work; export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0; "
            "strace -f -qq -o ../strace.log -e inject=" +
            inject + " $P " + command);
    };
    for (const auto& [command, calls] : cases) {
        for (const std::string call : calls) {
            for (const std::string when : {"1", "2"}) {
                BOOST_TEST_CONTEXT(command << ", " << call << " fails for the time " << when) {
                    const Outcome outcome = run_with(command, call + ":error=ENOSPC:when=" + when);
                    // there may be no second one, and the first may be a sanitizer's
                    BOOST_TEST((outcome.status == 2 || ((when == "2" || sanitized) && outcome.status == 0)),
                               outcome.status);
                    if (outcome.status == 0)
                        continue;
                    BOOST_TEST(outcome.output.starts_with("oci-pack: "), outcome.output);
                    BOOST_TEST(outcome.output.find("no space left on device\n") != std::string::npos,
                               outcome.output);
                    BOOST_TEST(names_of(read_tree(path("work"))) == names_of(start));
                    BOOST_TEST((read_file(path("work/old.tar")) == read_file(path("start/old.tar"))));
                    BOOST_TEST((read_file(path("work/layout/index.json")) ==
                                read_file(path("start/layout/index.json"))));
                }
            }
        }
    }
    // a signal in the middle is no failure
    for (const std::string command :
         {"create -qo new.tar bundle", "extract x.tar new", "to-image -qo new bundle"})
        BOOST_TEST(run_with(command, "write,pwrite64:error=EINTR:when=1").status == 0, command);
}

BOOST_FIXTURE_TEST_CASE(disks_of_any_size, Sample) {
    if (!is_root())
        return ocikit::test::skip("only root can mount a small file system");
    output(
        "head -c 150000 /dev/urandom > bundle/rootfs/big; echo '{}' > bundle/rootfs/small; $P create -qo "
        "x.tar bundle;"
        " mkdir disk");
    const struct {
        const char* command;
        const char* check;  // of what is there if it has succeeded
    } cases[] = {
        {"$P create -qo disk/x.tar bundle", "cmp disk/x.tar x.tar"},
        {"$P create -qo disk/x.tar.gz --digest-file disk/sum bundle", "cd disk && sha256sum -c --quiet sum"},
        {"$P extract x.tar disk/out", "$P diff bundle disk/out"},
        {"$P to-image -qo disk/layout bundle", "[ $(ls disk/layout/blobs/sha256 | wc -l) = 3 ]"},
    };
    for (const auto& [command, check] : cases) {
        BOOST_TEST_CONTEXT(command) {
            // for each size: what it said, and what was left
            const Outcome outcome = run(
                "export P; unshare -m sh -c 'made=0; for size in $(seq 4 12 248); do"
                "  mount -t tmpfs -o size=${size}k none disk || exit 1;"
                "  text=$(" +
                std::string(command) +
                " 2>&1); status=$?;"
                "  if [ $status = 0 ]; then made=1; (" +
                check +
                ") || echo $size: not complete;"
                "  else [ $status = 2 ] || echo $size: status $status; [ -z \"$(ls -A disk)\" ] || ls -AR "
                "disk;"
                "    case $text in \"oci-pack: \"*\"no space left on device\") ;; *) echo \"$text\";; esac;"
                "  fi; umount disk; done; exit $((1 - made))'");
            BOOST_TEST(outcome.status == 0);
            BOOST_TEST(outcome.output == "");
        }
    }
}
