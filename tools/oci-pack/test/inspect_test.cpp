// extract's options, list, verify and diff, through the program.
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include "archive/test/raw_tar.hpp"
#include "archive/test/tree.hpp"
#include "oci-pack/describe.hpp"
#include "oci-pack/test/sample_bundle.hpp"
#include "support/skip.hpp"
#include "support/temp_dir.hpp"

using namespace ocikit::pack;
using namespace ocikit::archive::test;
using namespace ocikit::pack::test;
using ocikit::test::TempDir;

namespace {

struct Sample : TempDir {
    Sample() {
        ::unsetenv("SOURCE_DATE_EPOCH");
        make_plain_bundle(path("bundle"));
    }
    Outcome run(const std::string& command) const {
        return shell("cd " + path() + " && P=" + OCIKIT_OCI_PACK + "; " + command);
    }
    // What a command prints that has to succeed.
    std::string output(const std::string& command) const {
        const Outcome outcome = run(command);
        BOOST_TEST(outcome.status == 0, outcome.output);
        return outcome.output;
    }
    void fails(const std::string& command, int status, const std::string& text) const {
        const Outcome outcome = run(command);
        BOOST_TEST(outcome.status == status, command << ": " << outcome.output);
        BOOST_TEST(outcome.output.find(text) != std::string::npos, outcome.output);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_outer_folder_is_stripped, Sample) {
    BOOST_TEST(output("ln bundle/rootfs/bin/sh bundle/rootfs/bin/zsh; for name in bundle ./bundle; do"
                      " tar --format=posix -cf x.tar $name && rm -rf out && $P extract --strip x.tar out || "
                      "exit; done") == "");
    BOOST_TEST(differences(read_tree(path("bundle")), read_tree(path("out"))) == "");
    fails("$P extract x.tar none", 1, "in the outer folder 'bundle'");
    fails("$P extract x.tar none", 1, "\n  oci-pack extract --strip takes the folder away\n");
    fails("$P create -qo y.tar bundle; $P extract --strip y.tar none", 1,
          "config.json: refused: it is in no outer folder which could be stripped");
    write("two.tar", RawTar().add("a", '5').add("a/config.json", '0', "{}").add("b/x", '0', "x").finished());
    fails("$P extract --strip two.tar none", 1,
          "b/x: refused: 'b/x' is not in the folder 'a' that is stripped");
    write("link.tar", RawTar().add("a", '5').add("a/x", '1', "", "b").finished());
    fails("$P extract --strip link.tar none", 1, "a/x: refused: 'b' is not in the folder 'a'");
    write("file.tar", RawTar().add("a", '5').add("a", '0', "x").finished());
    fails("$P extract --strip file.tar none", 1, "the top of the archive is not a directory");
    BOOST_TEST(::access(path("none").c_str(), F_OK) != 0);
}

BOOST_FIXTURE_TEST_CASE(owners_are_mapped, Sample) {
    if (!is_root())
        return ocikit::test::skip("only root can give files away");
    BOOST_TEST(
        output("chown -R 0:0 bundle; chown 33:44 bundle/rootfs/bin/sh; $P create -qo x.tar bundle;"
               "$P extract --map 0:100000:65536 x.tar out; stat -c %u:%g out/rootfs out/rootfs/bin/sh") ==
        "100000:100000\n100033:100044\n");
    BOOST_TEST(output("$P extract --uid-map 0:7:40 x.tar users; stat -c %u:%g users/rootfs/bin/sh") ==
               "40:44\n");
    fails("$P extract --gid-map 0:100000:44 x.tar none", 1,
          "rootfs/bin/sh: refused: its group 44 is in no range of the map");
    fails("$P extract --map 1 x.tar none", 2, "option '--map': '1' is not CONTAINER:HOST:SIZE");
    // another user: all is his, unless he insists
    const std::string as_user = "chmod 777 .; setpriv --reuid 1000 --regid 1000 --clear-groups ";
    BOOST_TEST(output(as_user + "$P extract x.tar own; stat -c %u:%g own/rootfs/bin/sh") == "1000:1000\n");
    // nor does a mode that forbids to write stand against attributes
    BOOST_TEST(
        output("cd bundle/rootfs; touch r; mkdir d; setfattr -n user.x -v 1 r d; chmod 0 r d;"
               "cd ../..; $P create -qo attributes.tar bundle; rm -r bundle/rootfs/[rd];" +
               as_user +
               "$P extract attributes.tar restricted;"
               "getfattr --absolute-names -d restricted/rootfs/[rd]; stat -c %a restricted/rootfs/[rd]") ==
        "# file: restricted/rootfs/d\nuser.x=\"1\"\n\n# file: restricted/rootfs/r\nuser.x=\"1\"\n\n"
        "0\n0\n");
    fails(as_user + "$P extract --numeric x.tar none", 2,
          "set the owner to 0:0: operation not permitted\n"
          "  --uid-map and --gid-map take other numbers");
    BOOST_TEST(output("$P create --owner 0 --group 0 -qo y.tar bundle;" + as_user +
                      "$P extract --map 0:1000:1 y.tar mapped; stat -c %u:%g mapped/rootfs/bin/sh") ==
               "1000:1000\n");
    BOOST_TEST(::access(path("none").c_str(), F_OK) != 0);
}

BOOST_FIXTURE_TEST_CASE(what_breaks_the_schema_is_not_extracted, Sample) {
    write("x.tar", RawTar()
                       .add("config.json", '0',
                            R"({"ociVersion": "1.3.0", "root": {"path": "rootfs"}, "hostname": 7})")
                       .add("rootfs", '5')
                       .finished());
    fails("$P extract x.tar out", 1, "config.json:1:65: /hostname: ");
    fails("$P verify x.tar", 1, "config.json:1:65: /hostname: ");
    BOOST_TEST(::access(path("out").c_str(), F_OK) != 0);
}

BOOST_FIXTURE_TEST_CASE(list, Sample) {
    write("x.tar", RawTar()
                       .add("rootfs", '5')
                       .record("SCHILY.xattr.user.a", "\1z")
                       .add("rootfs/\xff", '0', "content")
                       .add("rootfs/link", '2', "", "a\nb")
                       .add("rootfs/hard", '1', "", "rootfs/\xff")
                       .add("rootfs/fifo", '6')
                       .finished());
    BOOST_TEST(output("$P list x.tar") ==
               "drwxr-xr-x 0:0                    0 2001-09-09T01:46:40Z rootfs\n"
               "-rw-r--r-- 0:0                    7 2001-09-09T01:46:40Z rootfs/\\xff\n"
               "lrw-r--r-- 0:0                    0 2001-09-09T01:46:40Z rootfs/link -> a\\x0ab\n"
               "h--------- 0:0                    0 2001-09-09T01:46:40Z rootfs/hard link to rootfs/\\xff\n"
               "prw-r--r-- 0:0                    0 2001-09-09T01:46:40Z rootfs/fifo\n");
    const auto all = boost::json::parse(output("$P list --format json x.tar")).as_array();
    BOOST_TEST_REQUIRE(all.size() == 5u);
    BOOST_TEST((all[1] == boost::json::parse(R"({"path": "rootfs/\\xff", "pathHex": "726f6f7466732fff",
        "type": "file", "mode": "0644", "uid": 0, "gid": 0, "mtime": "2001-09-09T01:46:40Z", "size": 7,
        "xattrs": {"user.a": "017a"}})")));
    BOOST_TEST(all[3].at("type").as_string() == "hard link");
    fails("$P list none.tar", 2, "oci-pack: list none.tar: open: no such file or directory\n");
    fails("$P list --format xml x.tar", 2, "expected text or json, found 'xml'");
    fails("$P list --max-entries 1 x.tar", 1, "refused: more than 1 entries");
    BOOST_TEST(output("$P list --format json - < x.tar | head -c 1") == "[");
}

BOOST_FIXTURE_TEST_CASE(verify, Sample) {
    for (const std::string suffix : {".tar", ".tar.gz", ".tar.zst", ".tar.xz"}) {
        BOOST_TEST_CONTEXT(suffix) {
            const std::string file = "x" + suffix;
            const std::string digests = output("$P create --digest-file sums -o " + file + " bundle");
            BOOST_TEST(output("$P verify --digest-file sums " + file) ==
                       "# 5 entries, " + std::to_string(config_text().size() + 2) +
                           " bytes of content, root rootfs\n" + digests);
            BOOST_TEST(output("sha256sum x* > all; $P verify -q --digest-file all " + file) == "");
            fails("tr 0-9 1-90 < sums > wrong; $P verify --digest-file wrong " + file, 1,
                  ": the SHA-256 of the tar");
            fails("grep -v tar\\  sums | tr 0-9 1-90 > wrong; $P verify --digest-file wrong " + file, 1,
                  ": the SHA-256 of the archive is ");
        }
    }
    // gzip(1) ignores what follows its streams; the digest doesn't
    // names that sha256sum(1) escapes, and another form of its lines
    for (const std::string name : {"a\\b.tar", "a\nb.tar", "a\rb.tar", "\\n.tar", "a) = b.tar"}) {
        BOOST_TEST_CONTEXT(name) {
            const std::string file = "'" + name + "'";
            const std::string digests = output("$P create --digest-file sums -o " + file + " bundle");
            BOOST_TEST(digests.find('\n') == digests.rfind('\n', digests.size() - 2));
            output("sha256sum --quiet -c sums && $P verify -q --digest-file sums " + file);
            output("sha256sum x* " + file + " > all; $P verify -q --digest-file all " + file);
            output("sha256sum --tag x* " + file + " > all; $P verify -q --digest-file all " + file);
            fails("sha256sum --tag " + file +
                      " | tr 0-9 1-90 | sed s/SHA367/SHA256/ > all; $P verify -q --digest-file all " + file,
                  1, "not ");
        }
    }
    BOOST_TEST(output("printf '\\0\\0\\0' >> x.tar.gz; sha256sum x.tar.gz > sums;"
                      " $P verify -q --digest-file sums x.tar.gz") == "");
    fails("$P verify --digest-file none x.tar", 2, "none: open: no such file or directory");
    fails("echo >none; $P verify --digest-file none x.tar", 1, "none: it has no digest of this archive");
    fails("head -c 3000 x.tar | $P verify -", 1,
          "verify standard input: the entry after 'config.json': the archive is damaged or cut off");
}

BOOST_FIXTURE_TEST_CASE(diff, Sample) {
    BOOST_TEST(run("find bundle | xargs touch -hd @1000; $P create -qo x.tar.zst bundle").status == 0);
    BOOST_TEST(output("$P diff x.tar.zst bundle; $P diff bundle x.tar.zst; $P diff bundle bundle") == "");
    // another order of hard links is no difference
    BOOST_TEST(
        output("cp -a bundle two; cd two; ln rootfs/bin/sh rootfs/bin/a; ln rootfs/bin/sh rootfs/zsh;"
               "tar --format=posix --no-recursion -cf ../two.tar config.json $(find rootfs | sort -r); cd .."
               "; $P diff two.tar two")
            .empty());
    BOOST_TEST(run("cp -a bundle new; cd new/rootfs; echo >> bin/sh; chmod 4755 bin/sh; ln -sf dash bin/bash;"
                   "touch plus; ln plus too; touch -hd @1000.5 bin/bash; touch -d @1000 plus . bin bin/sh")
                   .status == 0);
    const Outcome outcome = run("$P diff x.tar.zst new");
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(outcome.output ==
               "changed rootfs/bin/bash: target sh to dash, time 1970-01-01T00:16:40Z to "
               "1970-01-01T00:16:40.500000000Z\n"
               "changed rootfs/bin/sh: content, size 2 to 3, mode 0644 to 4755\n"
               "added   rootfs/plus\nadded   rootfs/too\n");
    const auto json = boost::json::parse(run("$P diff --format json new bundle").output).as_array();
    BOOST_TEST_REQUIRE(json.size() == 4u);
    BOOST_TEST(json[3].at("change").as_string() == "removed");
    BOOST_TEST(run("$P diff -q new bundle").output.empty());
    fails("$P diff x.tar.zst none", 2, "oci-pack: diff none: open: no such file or directory\n");
    fails("echo x > garbage; $P diff garbage bundle", 2, "diff garbage: refused: it is not a tar archive");
    fails("$P diff - -", 2, "only one of the two can be standard input");
}

BOOST_AUTO_TEST_CASE(words) {
    BOOST_TEST(mode_text(S_IFREG | 07777) == "-rwsrwsrwt");
    BOOST_TEST(mode_text(S_IFDIR | 07000) == "d--S--S--T");
    BOOST_TEST(mode_text(S_IFBLK | 0640) == "brw-r-----");
    BOOST_TEST(time_text({.tv_sec = -1, .tv_nsec = 5}) == "1969-12-31T23:59:59.000000005Z");
}
