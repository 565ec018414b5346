// The program itself: its exit status, its streams, and being ended in the middle.
#include <filesystem>
#include <utility>

#include <boost/test/unit_test.hpp>

#include "oci-pack/test/sample_bundle.hpp"
#include "support/skip.hpp"
#include "support/temp_dir.hpp"

using namespace ocikit::pack::test;
using ocikit::test::TempDir;

namespace {

const std::string program = OCIKIT_OCI_PACK;

struct Sample : TempDir {
    Sample() { make_plain_bundle(path("bundle")); }
    // In the sample's directory, with $P as the program.
    Outcome run(const std::string& command) const {
        return shell("cd " + path() + " && P=" + program + "; " + command);
    }
};

// A command line that waits until the condition holds for the words `$P …` in the
// background, whose process is $pid, sends them a signal, and gives their exit status.
std::string ended_by(const std::string& signal, const std::string& words, const std::string& condition) {
    return words + " & pid=$!; for i in $(seq 500); do " + condition + " && break; sleep 0.01; done; kill -" +
           signal + " $pid; wait $pid; exit $?";
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(exit_status, Sample) {
    const struct {
        const char* command;
        int status;
        const char* output;  // a part of it
    } cases[] = {
        {"$P create -o x.tar bundle", 0, ""},
        {"$P extract x.tar", 0, ""},
        {"[ -f x/config.json ] && [ $(stat -c %a x) = 700 ]", 0, ""},
        {"$P create bundle | $P extract - piped", 0, ""},
        {"cmp piped/config.json bundle/config.json", 0, ""},
        {"$P create -o - bundle -c gzip | gzip -t", 0, ""},
        {"$P create -o x.tar bundle", 2,
         "oci-pack: create bundle: x.tar: file exists\n  --force replaces it\n"},
        {"$P create -f -o x.tar bundle", 0, ""},
        {"$P extract x.tar", 2, "oci-pack: extract x.tar: x: directory not empty\n"},
        {"$P create -o none/x.tar bundle", 2, "none: open the folder: no such file or directory"},
        {"$P create -o y.zip bundle", 2, "can't tell the compression from the name 'y.zip'"},
        {"$P create -o y.tar none", 2, "oci-pack: create none: open: no such file or directory\n"},
        {"$P extract none.tar", 2, "oci-pack: extract none.tar: open: no such file or directory\n"},
        {"$P extract -", 2, "give DIR"},
        {"echo garbage > g.tar; $P extract g.tar", 1,
         "oci-pack: extract g.tar: refused: it is not a tar archive\n"},
        {"$P extract --max-size 1Q x.tar y", 2, "'1Q' is not a number of bytes"},
        {"$P extract --max-size 1 x.tar y", 1,
         "more than 1 bytes of content\n  --max-size raises the limit\n"},
        {"$P create bundle > /dev/full", 2, "standard output: write: no space left on device\n"},
        {"$P create -o /dev/full -c none bundle", 2, "/dev/full: write: no space left on device\n"},
        {"$P create -o /dev/null -c none bundle && [ -c /dev/null ]", 0, ""},
        {"$P create bundle >&-", 2, "bad file descriptor\n"},
        {"$P extract x.tar ''", 2, "the name of DIR is empty"},
        {"$P extract --numeric --map 0:0:1 x.tar y", 2, "--numeric and a map exclude each other"},
        {"mkdir in; cp -a bundle in; tar -cf in.tar in; $P extract --strip in.tar y", 1,
         "outer folder 'bundle', but a bundle's archive has config.json at its top\n  --strip takes one "
         "folder "
         "away"},
        {"$P pack", 2, "unknown command 'pack'"},
    };
    for (const auto& [command, status, output] : cases) {
        BOOST_TEST_CONTEXT(command) {
            const Outcome outcome = run(command);
            BOOST_TEST(outcome.status == status, outcome.output);
            BOOST_TEST(outcome.output.find(output) != std::string::npos, outcome.output);
        }
    }
    BOOST_TEST(!std::filesystem::exists(path("y")));
}

BOOST_FIXTURE_TEST_CASE(create_ended_in_the_middle_leaves_no_archive, Sample) {
    BOOST_TEST_REQUIRE(run("head -c 60000000 /dev/urandom > bundle/rootfs/big").status == 0);
    const std::string words = "$P create -c zstd:19 -o x.tar.zst bundle";
    for (const auto& [signal, status] : {std::pair{"TERM", 128 + 15}, std::pair{"KILL", 128 + 9}}) {
        // it reads the large file
        BOOST_TEST(run(ended_by(signal, words, "ls -l /proc/$pid/fd | grep -q big")).status == status);
        BOOST_TEST(run("ls -A").output == "bundle\n");
    }
}

BOOST_FIXTURE_TEST_CASE(extract_ended_in_the_middle_leaves_no_bundle, Sample) {
    BOOST_TEST_REQUIRE(run("$P create -o x.tar bundle && head -c 2500 x.tar > half; mkfifo pipe").status ==
                       0);
    // half of the archive, and then nothing more comes
    const auto half = [](const std::string& signal) {
        return "{ cat half; sleep 10; } > pipe & feeder=$!; trap 'kill $feeder' EXIT; " +
               ended_by(signal, "$P extract pipe out", "[ -e .ocikit.*/config.json ]");
    };
    BOOST_TEST(run(half("TERM")).status == 128 + 15);
    BOOST_TEST(!std::filesystem::exists(path("out")));
    BOOST_TEST(run(half("KILL")).status == 128 + 9);
    BOOST_TEST(!std::filesystem::exists(path("out")));
}

BOOST_FIXTURE_TEST_CASE(a_full_disk_leaves_nothing, Sample) {
    if (!is_root())
        return ocikit::test::skip("only root can mount a small file system");
    BOOST_TEST_REQUIRE(
        run("mkdir small; head -c 3000000 /dev/urandom > bundle/rootfs/big; $P create -o x.tar bundle")
            .status == 0);
    const auto on_small_disk = [&](const std::string& command) {
        return run("export P; unshare -m sh -c 'mount -t tmpfs -o size=1M none small && { " + command +
                   "; s=$?; ls -A small; exit $s; }'");
    };
    const Outcome create = on_small_disk("$P create -o small/x.tar bundle");
    BOOST_TEST(create.status == 2);
    BOOST_TEST(create.output == "oci-pack: create bundle: small/x.tar: write: no space left on device\n");
    const Outcome extract = on_small_disk("$P extract x.tar small/out");
    BOOST_TEST(extract.status == 2);
    BOOST_TEST(extract.output == "oci-pack: extract x.tar: rootfs/big: write: no space left on device\n");
}

BOOST_FIXTURE_TEST_CASE(a_limit_on_the_size_of_files_leaves_nothing, Sample) {
    BOOST_TEST_REQUIRE(
        run("head -c 3000000 /dev/urandom > bundle/rootfs/big; $P create -o x.tar bundle; mkdir out")
            .status == 0);
    for (const std::string command : {"create -o out/x.tar bundle", "create -o out/x.tzst bundle",
                                      "extract x.tar out/x", "to-image -o out/x bundle"}) {
        BOOST_TEST_CONTEXT(command) {
            const Outcome outcome = run("ulimit -f 1000; $P " + command);
            BOOST_TEST(outcome.status == 2);
            BOOST_TEST(outcome.output.ends_with(": write: file too large\n"), outcome.output);
            BOOST_TEST(run("ls -A out").output == "");
        }
    }
}

BOOST_FIXTURE_TEST_CASE(what_is_mounted_in_the_root_is_left_out, Sample) {
    if (!is_root())
        return ocikit::test::skip("only root can mount");
    const struct {
        const char* mount;    // on what is there as rootfs/m
        const char* entry;    // what tar makes of it, in the archive without it
        const char* with_it;  // and in that with it
        bool is_file = false;
    } cases[] = {
        {"mount -t tmpfs none $M && touch $M/x", "drwxrwxrwt rootfs/m/",
         "drwxrwxrwt rootfs/m/\n-rw-r--r-- rootfs/m/x"},
        {"mount --bind bundle/rootfs/bin $M", "drwxr-xr-x rootfs/m/",
         "drwxr-xr-x rootfs/m/\nlrwxrwxrwx rootfs/m/bash\n-rw-r--r-- rootfs/m/sh"},
        {"chmod 755 x; mount --bind x $M", "-rwxr-xr-x rootfs/m", "-rwxr-xr-x rootfs/m", true},
        {"mount --bind /dev/null $M", "-rw-rw-rw- rootfs/m", "crw-rw-rw- rootfs/m", true},
        {"mkfifo -m 600 p; mount --bind p $M", "-rw------- rootfs/m", "prw------- rootfs/m", true},
    };
    for (const auto& [mount, entry, with_it, is_file] : cases) {
        BOOST_TEST_CONTEXT(mount) {
            write("run", "set -e; export M=bundle/rootfs/m; rm -rf $M x p; printf content > x; " +
                             std::string(is_file ? "touch" : "mkdir") + " $M; " + mount +
                             "\nfor o in '' --sparse --cross-file-systems; do $P create $o bundle > x.tar;"
                             " tar -tvf x.tar | awk '$6 ~ /^rootfs.m/ {print $1, $6}'; tar -xOf x.tar "
                             "--no-recursion rootfs/m;"
                             " [ -n \"$o\" ] || $P diff bundle x.tar; done");
            const Outcome outcome = run("export P; unshare -m sh run");
            const std::string told =
                "oci-pack: warning: rootfs/m: something is mounted here: archived as an empty " +
                std::string(is_file ? "file" : "directory") + "\n";
            const std::string content =
                std::string(mount).find("bind x") != std::string::npos ? "content" : "";
            BOOST_TEST(outcome.output ==
                       told + entry + "\n" + told + entry + "\n" + with_it + "\n" + content);
        }
    }
}

// In an overlay files have another st_dev than directories, and are not mounted there.
BOOST_FIXTURE_TEST_CASE(an_overlay_is_one_file_system, Sample) {
    if (!is_root())
        return ocikit::test::skip("only root can mount");
    const Outcome outcome =
        run("export P; mkdir m; unshare -m sh -ec 'mount -t tmpfs none m; mkdir m/upper m/work; mount -t "
            "overlay none "
            "bundle/rootfs -o lowerdir=bundle/rootfs,upperdir=m/upper,workdir=m/work; $P create bundle | tar "
            "-t'");
    BOOST_TEST(outcome.output == "config.json\nrootfs/\nrootfs/bin/\nrootfs/bin/bash\nrootfs/bin/sh\n");
}

BOOST_FIXTURE_TEST_CASE(a_tree_deeper_than_the_limit_of_descriptors, Sample) {
    const Outcome outcome =
        run("cd bundle/rootfs; for i in $(seq 4); do p=; for j in $(seq 100); do p=$p/d; done; mkdir -p "
            ".$p; cd -P .$p; done;"
            " cd ../../..; cd " +
            path() + "; ulimit -Sn 256; $P create bundle | $P extract - out && find out -type d | wc -l");
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(outcome.output == "403\n");
}
