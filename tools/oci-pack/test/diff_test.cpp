// diff: every kind of change, between archives and bundles in each direction.
#include <cstdlib>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include "archive/test/raw_tar.hpp"
#include "oci-pack/test/sample_bundle.hpp"
#include "support/skip.hpp"
#include "support/temp_dir.hpp"

using namespace ocikit::archive::test;
using namespace ocikit::pack::test;
using ocikit::test::TempDir;

namespace {

// The times are set after each change, so that they don't tell of it as well.
struct Bundles : TempDir {
    Bundles() {
        ::unsetenv("SOURCE_DATE_EPOCH");
        make_plain_bundle(path("a"));
        BOOST_REQUIRE(
            run("cd a/rootfs; echo one > f; echo two > g; ln g h; ln -s f link; mkfifo fifo; mkdir d;"
                "truncate -s 1M sparse; cd ../..; cp -a a b; find a b | xargs touch -hd @1000")
                .status == 0);
    }
    Outcome run(const std::string& command) const {
        return shell("cd " + path() + " && P=" + OCIKIT_OCI_PACK + "; " + command);
    }
};

constexpr const char* settle = "; find b | xargs touch -hd @1000";

}  // namespace

BOOST_FIXTURE_TEST_CASE(each_change_is_told, Bundles) {
    const struct {
        const char* change;  // in b/rootfs
        const char* output;
        bool of_root = false;  // only root can make it
        bool sets_time = false;
    } cases[] = {
        {"true", ""},
        {"echo 1ne > f", "changed rootfs/f: content\n"},
        {"echo more >> f", "changed rootfs/f: content, size 4 to 9\n"},
        {"chmod 4711 f", "changed rootfs/f: mode 0644 to 4711\n"},
        {"chmod 1777 d", "changed rootfs/d: mode 0755 to 1777\n"},
        {"touch -d @1000.5 f",
         "changed rootfs/f: time 1970-01-01T00:16:40Z to 1970-01-01T00:16:40.500000000Z\n", false, true},
        {"ln -sfn g link", "changed rootfs/link: target f to g\n"},
        {"rm f; ln -s g f", "changed rootfs/f: type file to symlink, mode 0644 to 0777\n"},
        {"rmdir d; echo > d; chmod 755 d", "changed rootfs/d: type directory to file\n"},
        {"rm fifo", "removed rootfs/fifo\n"},
        {"mkdir e; echo > e/x", "added   rootfs/e\nadded   rootfs/e/x\n"},
        {"ln f i", "changed rootfs/f: hard links\nadded   rootfs/i\n"},
        {"rm h; cp -a g h", "changed rootfs/g: hard links\nchanged rootfs/h: hard links\n"},
        {"rm h", "changed rootfs/g: hard links\nremoved rootfs/h\n"},
        {"echo 2wo > g", "changed rootfs/g: content\nchanged rootfs/h: content\n"},
        // where a file has holes is the file system's affair
        {"cp --sparse=never sparse s; mv s sparse", ""},
        {"echo >> ../config.json", "changed config.json: content, size "},
        {"chown 7:8 f", "changed rootfs/f: user 0 to 7, group 0 to 8\n", true},
        {"setfattr -n user.x -v 1 f", "changed rootfs/f: attribute user.x added\n"},
        {"setfacl -m u:7:r f", "changed rootfs/f: attribute system.posix_acl_access added\n"},
        {"rm fifo; mknod fifo c 1 3; chmod 644 fifo", "changed rootfs/fifo: type fifo to character device\n",
         true},
    };
    for (const auto& [change, output, of_root, sets_time] : cases) {
        if (of_root && !is_root())
            continue;
        BOOST_TEST_CONTEXT(change) {
            BOOST_TEST_REQUIRE(run("rm -rf b; cp -a a b; cd b/rootfs; umask 022; " + std::string(change) +
                                   (sets_time ? "" : "; cd ../..") + (sets_time ? "" : settle))
                                   .status == 0);
            BOOST_TEST_REQUIRE(run("for x in a b; do $P create -fqo $x.tar $x && $P create -fq --sparse -o "
                                   "$x.tzst $x || exit; done")
                                   .status == 0);
            for (const std::string before : {"a", "a.tar"}) {
                for (const std::string after : {"b", "b.tar", "b.tzst"}) {
                    const Outcome outcome = run("$P diff " + before + " " + after);
                    BOOST_TEST(outcome.status == (*output == '\0' ? 0 : 1), before << " " << after);
                    BOOST_TEST(outcome.output.substr(0, std::string(output).size()) == output);
                    BOOST_TEST(outcome.output.empty() == (*output == '\0'));
                }
            }
        }
    }
}

BOOST_FIXTURE_TEST_CASE(values_that_change_are_told, Bundles) {
    if (!is_root())
        return ocikit::test::skip("only root can make devices");
    BOOST_TEST_REQUIRE(
        run("mknod a/rootfs/dev c 1 3; mknod b/rootfs/dev c 1 5; setfattr -n user.x -v 1 a/rootfs/f;"
            "setfattr -n user.y -v 1 a/rootfs/f; setfattr -n user.x -v 2 b/rootfs/f;"
            "touch -d @1000 a/rootfs a/rootfs/dev b/rootfs b/rootfs/dev; $P create -qo b.tar b")
            .status == 0);
    BOOST_TEST(run("$P diff a b.tar").output ==
               "changed rootfs/dev: device 1:3 to 1:5\n"
               "changed rootfs/f: attribute user.x changed, attribute user.y removed\n");
    const auto json = boost::json::parse(run("$P diff --format json a b.tar").output);
    BOOST_TEST((json == boost::json::parse(R"([
        {"path": "rootfs/dev", "change": "changed", "what": ["device 1:3 to 1:5"]},
        {"path": "rootfs/f", "change": "changed",
         "what": ["attribute user.x changed", "attribute user.y removed"]}])")));
    BOOST_TEST(run("$P diff --format json a a").output == "[]\n");
    BOOST_TEST_REQUIRE(run("touch \"$(printf 'b/rootfs/caf\\351')\"; touch -d @1000 b/rootfs").status == 0);
    const auto names = boost::json::parse(run("$P diff --format json b.tar b").output);
    BOOST_TEST((names == boost::json::parse(R"([{"path": "rootfs/caf\\xe9", "change": "added", "what": [],
        "pathHex": "726f6f7466732f636166e9"}])")));
}

BOOST_FIXTURE_TEST_CASE(a_bundle_is_as_its_archives, Bundles) {
    make_rich_bundle(path("rich"));
    BOOST_TEST_REQUIRE(run("$P create -qo x.tar rich && $P create -q --sparse -o x.tzst rich").status == 0);
    for (const std::string archive : {"x.tar", "x.tzst"})
        for (const std::string& words : {archive + " rich", "rich " + archive, "x.tar " + archive})
            BOOST_TEST(run("$P diff " + words).output == "", words);
}

// As archives of others may have them.
BOOST_FIXTURE_TEST_CASE(links_of_foreign_archives, Bundles) {
    write("chain.tar", RawTar().add("m", '0', "x").add("z", '1', "", "m").add("a", '1', "", "z").finished());
    write("star.tar", RawTar().add("a", '0', "x").add("m", '1', "", "a").add("z", '1', "", "a").finished());
    write("pair.tar", RawTar().add("a", '0', "x").add("m", '0', "x").add("z", '1', "", "m").finished());
    BOOST_TEST(run("$P diff chain.tar star.tar").output == "");
    BOOST_TEST(run("$P diff pair.tar star.tar").output ==
               "changed a: hard links\nchanged m: hard links\nchanged z: hard links\n");
    write("early.tar", RawTar().add("z", '1', "", "m").add("m", '0', "x").finished());
    write("self.tar", RawTar().add("z", '1', "", "z").finished());
    write("twice.tar", RawTar().add("z").add("z").add("y", '1', "", "z").finished());
    write("again.tar", RawTar().add("z").add("z").finished());
    RawTar long_chain;
    long_chain.add("0", '0', "x");
    for (int i = 1; i < 110; ++i)
        long_chain.add(std::to_string(i), '1', "", std::to_string(i - 1));
    write("long.tar", long_chain.finished());
    const struct {
        const char* archive;
        const char* error;
    } cases[] = {{"early.tar", "z: it is a hard link to 'm', which isn't in the archive before it"},
                 {"self.tar", "z: it is a hard link to 'z', which isn't in the archive before it"},
                 {"twice.tar", "diff twice.tar: z: refused: it is in the archive twice"},
                 {"again.tar", "diff again.tar: z: refused: it is in the archive twice"},
                 {"long.tar", "refused: hard links to hard links"}};
    for (const auto& [archive, error] : cases) {
        const Outcome outcome = run("$P diff star.tar " + std::string(archive));
        BOOST_TEST(outcome.status == 2, archive);
        BOOST_TEST(outcome.output.find(error) != std::string::npos, outcome.output);
    }
}

BOOST_FIXTURE_TEST_CASE(much_goes_to_a_temporary_file, Bundles) {
    // more than is kept in memory, in an order of its own, with links in it
    BOOST_TEST_REQUIRE(
        run("mkdir a/rootfs/many; cd a/rootfs/many; seq -f %0200g 15000 | xargs touch -d @1000;"
            "cd ..; cp -al many links; touch -d @1000 many links .; cd ../..; tar --sort=none -cf tar.tar"
            " --format=posix -C a config.json rootfs; $P create -qo a.tar a")
            .status == 0);
    for (const std::string what : {"a a.tar", "a.tar tar.tar", "tar.tar a"}) {
        const Outcome outcome = run("$P diff " + what + " && ls -A /tmp | grep '^.ocikit'");
        BOOST_TEST(outcome.output == "");
        BOOST_TEST(outcome.status == 1);
    }
    const Outcome outcome = run("TMPDIR=/nowhere $P diff a a.tar");
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.output ==
               "oci-pack: diff a: /nowhere: create a temporary file: no such file or directory\n"
               "  $TMPDIR can name another directory\n");
}

// A hole costs an archive a few bytes and mustn't cost more here; where it has an end, and where
// content is, tells.
BOOST_FIXTURE_TEST_CASE(holes_are_not_read, Bundles) {
    BOOST_TEST_REQUIRE(run("$P create -fqo a.tar a; truncate -s 900G a/rootfs/sparse;"
                           "printf x | dd of=a/rootfs/sparse bs=1 seek=600G conv=notrunc status=none;"
                           "touch -d @1000 a/rootfs/sparse; $P create -fq --sparse -o holes.tar a")
                           .status == 0);
    BOOST_TEST(run("timeout 20 $P diff holes.tar holes.tar").status == 0);
    const Outcome outcome = run("timeout 20 $P diff a.tar holes.tar");
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(outcome.output == "changed rootfs/sparse: content, size 1048576 to 966367641600\n");
}
