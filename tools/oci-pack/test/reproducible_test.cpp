// The same bundle gives the same sha256, whoever packs it, wherever, whenever and however.
#include <cstdlib>
#include <string>

#include <boost/test/unit_test.hpp>

#include "oci-pack/test/sample_bundle.hpp"
#include "support/skip.hpp"
#include "support/temp_dir.hpp"

using namespace ocikit::pack::test;
using ocikit::test::TempDir;

namespace {

// Content of several blocks in all compressions, and every kind of file, by a user or by root.
constexpr const char* setup = R"sh(
chmod 755 .; mkdir -m 1777 images
mkdir -p bundle/rootfs/many bundle/rootfs/links bundle/rootfs/attributed
printf '{"ociVersion": "1.3.0", "root": {"path": "rootfs"}}\n' > bundle/config.json
cd bundle/rootfs
for i in $(seq 10); do seq 60000; done > numbers; head -c 300000 /dev/urandom > random; seq 60000 -1 1 > more
truncate -s 512K hole; printf middle >> hole; truncate -s 1M hole
for i in $(seq 60); do echo $i > many/file-$i; done
touch 'many/a b' "many/$(printf 'bad\377')" "many/$(printf 'new\nline')" many/$(printf '%0200d' 0)
ln numbers links/z; ln numbers links/a; ln numbers a-first
ln -s /nowhere symbolic; ln symbolic links/symbolic
mkfifo fifo; ln fifo links/fifo
touch -hd @-5.25 symbolic; touch -d @0 many/file-1; touch -d 2100-01-01 many/file-2; touch -d @1234567890.000000001 more
chmod 4755 many/file-3; chmod 1777 attributed; chmod 644 numbers more
# where the file system has none of these, the rest is still worth something
{ setfattr -n user.b -v 2 more; setfattr -n user.a -v 1 more; setfattr -n user.c -v '' attributed; } || :
{ setfacl -m u:5:rx,g:7:r more; setfacl -dm u:9:rwx attributed; } || :
if [ "$(id -u)" = 0 ]; then
    mknod null c 1 3
    echo 0x0100000200040000000000000000000000000000 > ../capable
    setfattr -n security.capability -v $(cat ../capable) many/file-4
fi
cd ../..
)sh";

// pack BUNDLE [OPTION…]: one sha256 a compression, and the image's digest. KINDS are the compressions: all
// where how they work could matter, the fast ones where only what they are given does.
constexpr const char* functions = R"sh(
pack() {
    for compression in ${KINDS:-none zstd:1}; do "$P" create --owner 0 --group 0 -c $compression "$@" | sha256sum; done
    "$P" to-image --owner 0 --group 0 --platform linux/amd64 -c none -o "$(mktemp -d $HERE/images/XXXXXX)" "$@"
}
export -f pack
)sh";

struct Sample : TempDir {
    Sample() {
        ::unsetenv("SOURCE_DATE_EPOCH");
        const Outcome made = run(setup);
        BOOST_TEST_REQUIRE(made.status == 0, made.output);
    }
    Outcome run(const std::string& command) const {
        write("run", "set -e; export HERE=" + path() + " P=" + OCIKIT_OCI_PACK + "; cd $HERE\n" + functions +
                         command + "\n");
        return shell("bash " + path("run"));
    }
    std::string output(const std::string& command) const {
        const Outcome outcome = run(command);
        BOOST_TEST(outcome.status == 0, outcome.output);
        return outcome.output;
    }
};

struct Way {
    const char* what;
    const char* command;
};

void give(const std::string& expected, const Sample& sample, const Way& way) {
    BOOST_TEST_CONTEXT(way.what) {
        BOOST_TEST(sample.output(way.command) == expected);
    }
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(with_any_number_of_threads, Sample) {
    ::setenv("KINDS", "none gzip:1 zstd xz:1", 1);
    const std::string expected = output("pack bundle --threads 1");
    BOOST_TEST_REQUIRE(expected.find("sha256:") != std::string::npos, expected);
    for (const char* command :
         {"pack bundle --threads 2", "pack bundle --threads 3", "pack bundle --threads 8"})
        give(expected, *this, {command, command});
    ::unsetenv("KINDS");
    const std::string tar = output("$P create bundle | sha256sum");
    for (const std::string kind : {"gzip", "zstd", "xz"})
        BOOST_TEST(output("$P create -c " + kind + ":1 bundle | " + kind + " -dc | sha256sum") == tar, kind);
}

BOOST_FIXTURE_TEST_CASE(however_it_is_packed, Sample) {
    const std::string expected = output("pack bundle");
    const Way ways[] = {
        {"an umask, another locale and zone", "umask 077; LC_ALL=C.UTF-8 TZ=Asia/Tokyo pack bundle"},
        {"no umask, the locale POSIX, no zone", "umask 0; LC_ALL=POSIX TZ= pack bundle"},
        {"its absolute name, from elsewhere", "cd /; TMPDIR=$HERE pack $HERE/bundle"},
        {"from inside, few descriptors", "cd bundle; ulimit -Sn 32; pack ."},
        {"a symbolic link to it", "ln -s bundle link; pack link"},
        {"a symbolic link to it, with slashes", "ln -sfn bundle link; pack ./link//"},
    };
    for (const Way& way : ways)
        give(expected, *this, way);
}

BOOST_FIXTURE_TEST_CASE(wherever_it_is, Sample) {
    const std::string expected = output("pack bundle");
    give(expected, *this, {"a copy", "mkdir a; cp -a bundle a/copy; pack a/copy"});
    // GNU tar makes files of their own of the names of a FIFO
    give(expected, *this,
         {"a copy whose files, and names of one file, were made the other way round",
          "mkdir b; (cd bundle; find . -print0 | LC_ALL=C sort -zr | tar -c --format=posix --no-recursion "
          "--xattrs --xattrs-include='*' --acls --null -T -) 2>/dev/null | tar -x -C b --xattrs "
          "--xattrs-include='*' --acls --delay-directory-restore -p --warning=no-timestamp;"
          "ln -f b/rootfs/links/fifo b/rootfs/fifo; touch -r bundle/rootfs b/rootfs; pack b"});
    give(expected, *this,
         {"a copy by extract", "$P create bundle | $P extract - c 2>&1; chmod 755 c; pack c"});
    if (!is_root())
        return ocikit::test::skip("only root can mount");
    BOOST_TEST(run("mkdir m").status == 0);
    give(expected, *this,
         {"tmpfs", "unshare -m bash -ec 'mount -t tmpfs none m; cp -a bundle m; pack m/bundle'"});
    give(expected, *this,
         {"an overlay",
          "unshare -m bash -ec 'mount -t tmpfs none m; mkdir -p m/upper m/work m/over/rootfs;"
          "cp -a bundle/config.json m/over; mount -t overlay none m/over/rootfs "
          "-o lowerdir=bundle/rootfs,upperdir=m/upper,workdir=m/work; touch -r bundle/rootfs m/over/rootfs; "
          "pack m/over'"});
    if (run("command -v mkfs.ext4 && truncate -s 64M image && mkfs.ext4 -q image && losetup -f").status != 0)
        return ocikit::test::skip("no loop device or mkfs.ext4 to make an ext4 file system with");
    give(expected, *this,
         {"ext4", "unshare -m bash -ec 'mount -o loop image m; cp -a bundle m; pack m/bundle'"});
}

BOOST_FIXTURE_TEST_CASE(whoever_packs_it, Sample) {
    if (!is_root())
        return ocikit::test::skip("only root can make files of others");
    const std::string expected = output("pack bundle");
    const std::string as_user = "setpriv --reuid 1000 --regid 1000 --clear-groups ";
    const std::string foreign = as_user + "bash -ec 'pack bundle'";
    give(expected, *this, {"another user", foreign.c_str()});
    // chown(2) takes away what makes files privileged
    const std::string own =
        "rm -rf own; cp -a bundle own; chown -hR 1000:1000 own; chmod 4755 own/rootfs/many/file-3;"
        "[ ! -e own/capable ] || setfattr -n security.capability -v $(cat own/capable) "
        "own/rootfs/many/file-4;" +
        as_user;
    const std::string as_owner = own + "bash -ec 'pack own'";
    give(expected, *this, {"the owner of a copy", as_owner.c_str()});
    if (run(as_user + "unshare -Ur true").status != 0)
        return ocikit::test::skip("users can't make user namespaces");
    // without what has the numbers of users who aren't in the namespace
    const std::string without = output(
        "rm bundle/capable; setfattr -x security.capability bundle/rootfs/many/file-4;"
        "setfacl -b bundle/rootfs/more bundle/rootfs/attributed; pack bundle");
    const std::string in_namespace = own + "unshare -Ur bash -ec 'pack own'";
    give(without, *this, {"root of a user namespace", in_namespace.c_str()});
}

BOOST_FIXTURE_TEST_CASE(whenever_it_was_made, Sample) {
    const std::string later = "cp -a bundle later; find later -exec touch -h {} +;";
    BOOST_TEST(run("find bundle -exec touch -hd @1500000000.5 {} +;" + later).status == 0);
    for (const std::string time : {"0", "1500000000"}) {
        BOOST_TEST_CONTEXT(time) {
            const std::string epoch = "export SOURCE_DATE_EPOCH=" + time + "; pack ";
            const std::string expected = output(epoch + "bundle");
            BOOST_TEST(output(epoch + "later") == expected);
            BOOST_TEST(output("pack bundle --mtime @" + time) == expected);
        }
    }
    BOOST_TEST(output("$P create bundle | sha256sum") != output("$P create later | sha256sum"));
}

BOOST_FIXTURE_TEST_CASE(wherever_it_goes, Sample) {
    for (const std::string compression : {"none", "zstd:1"}) {
        const std::string create = "$P create -c " + compression + " ";
        const std::string expected = output(create + "bundle | sha256sum");
        for (const std::string option : {"", "-q"})
            BOOST_TEST(output(create + "-fo x " + option + " bundle > said; sha256sum < x") == expected,
                       option);
    }
}

BOOST_FIXTURE_TEST_CASE(holes_that_are_stored_or_not, Sample) {
    const std::string expected = output("$P create --sparse bundle | sha256sum");
    for (const std::string copy : {"cp -a --sparse=never", "cp -a --sparse=always"})
        BOOST_TEST(
            output("rm -rf copy; " + copy + " bundle copy; $P create --sparse copy | sha256sum") == expected,
            copy);
    BOOST_TEST(expected != output("$P create bundle | sha256sum"));
}
