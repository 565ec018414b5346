// The options of create, through the program.
#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "archive/id_map.hpp"
#include "archive/test/tree.hpp"
#include "common/command_line.hpp"
#include "oci-pack/adjust.hpp"
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
    std::string output(const std::string& command) const {
        const Outcome outcome = run(command);
        BOOST_TEST(outcome.status == 0, outcome.output);
        return outcome.output;
    }
};

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {(std::istreambuf_iterator<char>(in)), {}};
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(command_lines, Sample) {
    const struct {
        const char* options;
        int status;
        const char* output;  // a part of it
    } cases[] = {
        {"-c gzip --rsyncable", 2, "--rsyncable: zlib doesn't have it; compress with zstd, or not at all"},
        {"-c xz --rsyncable", 2, "--rsyncable: liblzma doesn't have it"},
        {"-c zstd --rsyncable --threads 2", 0, ""},
        {"--rsyncable", 0, ""},
        {"--threads 0", 2, "'0' is not a number from 1 to 256"},
        {"--threads 2x", 2, "'2x' is not a number from 1 to 256"},
        {"--owner root", 2, "'root' is no number of a user or group"},
        {"--group 4294967295", 2, "is no number of a user or group"},
        {"--owner 0 --uid-map 0:0:1", 2, "--owner and --uid-map exclude each other"},
        {"--uid-map 1", 2, "'1' is not CONTAINER:HOST:SIZE"},
        {"--gid-map 0:1:2:3", 2, "is not CONTAINER:HOST:SIZE"},
        {"--uid-map 0:0:10 --uid-map 20:9:1", 2, "'20:9:1' overlaps another range"},
        {"--uid-map 0:3999999999:1", 1, "in no range of the map\n  --uid-map and --gid-map take"},
        {"--mtime ' 2001-01-01'", 2, "' 2001-01-01' is neither"},
        {"--mtime 2001-1-01", 2, "'2001-1-01' is neither"},
        {"-o ''", 2, "option '--output': the name of the file is empty"},
        {"-o x.tar --digest-file ''", 2, "option '--digest-file': the name of the file is empty"},
        {"-o x.tar --digest-file bundle/config.json", 1,
         "config.json: this is where the digests are written to"},
        {"-o x.tar --digest-file bundle/rootfs/bin/new", 1,
         "rootfs/bin: this is where the digests are written to"},
        {"-o x.tar --include some/one --digest-file bundle/some/one", 1,
         "some/one: this is where the digests are written to"},
        {"-fc none -o bundle/config.json", 1, "config.json: this is where the archive itself is written to"},
        {"--include link/one", 1, "link/one: include: a symbolic link is in its path"},
        {"--mtime yesterday", 2, "option '--mtime': 'yesterday' is neither @SECONDS nor YYYY-MM-DD"},
        {"--mtime 2001-02-29", 2, "'2001-02-29' is neither"},
        {"--digest-file -", 2, "--digest-file takes the name of a file"},
        {"--include none", 2, "none: include: no such file or directory"},
        {"--include ../x", 1, "include: it is not in the bundle"},
        {"--include .", 1, "include: it is not in the bundle"},
        {"--include rootfs --include config.json --include rootfs/bin", 1, "holds the root directory"},
        {"--digest-file none/x", 2, "none: open the folder: no such file or directory"},
    };
    write("bundle/some/one", "one");
    BOOST_TEST(run("ln -s some bundle/link").status == 0);
    for (const auto& [options, status, output] : cases) {
        BOOST_TEST_CONTEXT(options) {
            const Outcome outcome = run(std::string("$P create ") + options + " bundle > x");
            BOOST_TEST(outcome.status == status, outcome.output);
            BOOST_TEST(outcome.output.find(output) != std::string::npos, outcome.output);
        }
    }
    BOOST_TEST(read_file(path("bundle/config.json")) == config_text());
    BOOST_TEST(read_file(path("bundle/some/one")) == "one");
    BOOST_TEST(run("SOURCE_DATE_EPOCH=soon $P create bundle")
                   .output.starts_with(
                       "oci-pack: SOURCE_DATE_EPOCH: 'soon' is not a number of seconds since 1970\n"));
    BOOST_TEST(
        run("$P create -o x.tar --digest-file x.tar bundle").output.find("can't go where the archive goes") !=
        std::string::npos);
    BOOST_TEST(::access(path("x.tar").c_str(), F_OK) != 0);
}

BOOST_FIXTURE_TEST_CASE(times, Sample) {
    BOOST_TEST(
        run("touch -d @2000 bundle/rootfs/bin/sh; touch -hd @5000 bundle/rootfs/bin/bash bundle/rootfs/bin"
            " bundle/rootfs bundle/config.json")
            .status == 0);
    const std::string list = " bundle | TZ=UTC tar --full-time -tvf - | awk '{print $4, $5, $6}'";
    BOOST_TEST(
        output("SOURCE_DATE_EPOCH=3000 $P create" + list) ==
        "1970-01-01 00:50:00 config.json\n1970-01-01 00:50:00 rootfs/\n1970-01-01 00:50:00 rootfs/bin/\n"
        "1970-01-01 00:50:00 rootfs/bin/bash\n1970-01-01 00:33:20 rootfs/bin/sh\n");
    for (const char* time : {"@951868800", "2000-03-01", "2000-03-01T00:00:00Z"}) {
        const std::string found = output("SOURCE_DATE_EPOCH=3000 $P create --mtime " + std::string(time) +
                                         list + " | cut -d' ' -f 1,2 | sort -u");
        BOOST_TEST(found == "2000-03-01 00:00:00\n", time);
    }
}

// ext4 ends in 2446 at the latest, tmpfs doesn't.
BOOST_FIXTURE_TEST_CASE(times_that_the_file_system_has_not, Sample) {
    if (!is_root())
        return ocikit::test::skip("only root can mount");
    BOOST_TEST(run("$P create -qo x.tar --mtime @99999999999 bundle").status == 0);
    const Outcome kept =
        run("mkdir m; export P; unshare -m sh -c 'mount -t tmpfs none m && $P extract x.tar m/out && "
            "stat -c %Y m/out/rootfs m/out/rootfs/bin/sh'");
    BOOST_TEST(kept.output == "99999999999\n99999999999\n");
    BOOST_TEST_REQUIRE(run("$P extract x.tar out > told 2>&1").status == 0);
    if (output("stat -c %Y out/rootfs/bin/sh") == "99999999999\n")
        return ocikit::test::skip("the file system has all times");
    const std::string told = read_file(path("told"));
    BOOST_TEST(
        told.find(": the file system has no such time as @99999999999, here and further on: it becomes @") !=
            std::string::npos,
        told);
    BOOST_TEST(std::count(told.begin(), told.end(), '\n') == 1);
}

BOOST_FIXTURE_TEST_CASE(owners, Sample) {
    if (!is_root())
        return ocikit::test::skip("only root can make files of others");
    BOOST_TEST(run("chown -R 100000:100000 bundle && chown 100033:100044 bundle/rootfs/bin/sh").status == 0);
    const std::string list = " bundle | tar --numeric-owner -tvf - | awk '{print $2, $6}'";
    BOOST_TEST(output("$P create --owner 7 --group 8" + list + " | cut -d' ' -f 1 | sort -u") == "7/8\n");
    BOOST_TEST(
        output("$P create --uid-map 0:100000:65536 --gid-map 0:100000:44 --gid-map 99:100044:1" + list) ==
        "0/0 config.json\n0/0 rootfs/\n0/0 rootfs/bin/\n0/0 rootfs/bin/bash\n33/99 rootfs/bin/sh\n");
    const Outcome unmapped = run("$P create --gid-map 0:100000:44 -o x.tar bundle");
    BOOST_TEST(unmapped.status == 1);
    BOOST_TEST(unmapped.output.find("rootfs/bin/sh: its group 100044 is in no range of the map") !=
               std::string::npos);
    BOOST_TEST(::access(path("x.tar").c_str(), F_OK) != 0);
}

// Those whom a user namespace doesn't have would all become one, in the archive and for good.
BOOST_FIXTURE_TEST_CASE(owners_outside_of_the_user_namespace, Sample) {
    if (!is_root())
        return ocikit::test::skip("only root can make files of others");
    if (run("unshare --map-root-user true").status != 0)
        return ocikit::test::skip("user namespaces can't be made");
    const struct {
        const char* setup;
        const char* command;
        const char* output;  // a part of it; none if all is well
    } cases[] = {
        {"true", "create", ""},
        {"chown 5 bundle/rootfs/bin/sh", "create",
         "rootfs/bin/sh: its user isn't in this user namespace, where it shows as 65534\n  pack it outside"},
        {"chown 5 bundle/rootfs/bin/sh", "create --owner 65534", ""},
        {"chgrp 5 bundle/rootfs", "create --owner 0", "rootfs: its group isn't in this user namespace"},
        {"chgrp 5 bundle/rootfs", "create --group 1", ""},
        {"chgrp 5 bundle/rootfs", "to-image -o layout", "rootfs: its group isn't in this user namespace"},
        {"setfacl -m u:5:r bundle/rootfs/bin/sh", "create --owner 0 --group 0",
         "rootfs/bin/sh: its access control list names a user that isn't in this user namespace"},
        {"setfacl -dm g:5:r bundle/rootfs/bin", "create",
         "rootfs/bin: its access control list names a group that isn't in this user namespace"},
    };
    for (const auto& [setup, command, output] : cases) {
        BOOST_TEST_CONTEXT(setup << "; " << command) {
            const Outcome outcome = run("rm -rf copy; cp -a bundle copy; cd bundle/..; " +
                                        std::string(setup) + "; unshare --map-root-user $P " + command +
                                        " bundle > x; s=$?; rm -r bundle; mv copy bundle; exit $s");
            BOOST_TEST(outcome.status == (*output ? 1 : 0), outcome.output);
            BOOST_TEST(outcome.output.find(output) != std::string::npos, outcome.output);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(digests, Sample) {
    for (const std::string suffix : {".tar", ".tar.gz", ".tar.zst", ".tar.xz"}) {
        BOOST_TEST_CONTEXT(suffix) {
            const std::string printed =
                output("$P create --digest-file sums -o x" + suffix + " bundle && sha256sum -c --quiet sums");
            BOOST_TEST(printed == read_file(path("sums")));
            const std::string tar = output("$P create bundle | sha256sum").substr(0, 64);
            BOOST_TEST(printed.starts_with("# tar " + tar + "\n"), printed);
            BOOST_TEST(printed.ends_with("  x" + suffix + "\n"), printed);
        }
    }
    BOOST_TEST(output("$P create -q -f -o x.tar bundle").empty());
}

BOOST_FIXTURE_TEST_CASE(includes, Sample) {
    BOOST_TEST(
        run("mkdir -p bundle/hooks/a bundle/etc/x bundle/rest; touch bundle/hooks/run bundle/hooks/a/b"
            " bundle/etc/x/one bundle/etc/x/two bundle/rest/no; ln bundle/rootfs/bin/sh bundle/etc/x/sh")
            .status == 0);
    BOOST_TEST(output("$P create --include hooks --include ./hooks/a --include etc/x/two --include etc/x/sh"
                      " --include rootfs/bin --include config.json bundle | tar -t") ==
               "config.json\nrootfs/\nrootfs/bin/\nrootfs/bin/bash\nrootfs/bin/sh\netc/\netc/x/\netc/x/sh\n"
               "etc/x/two\nhooks/\nhooks/a/\nhooks/a/b\nhooks/run\n");
    BOOST_TEST(output("$P create --include etc bundle | $P extract - out &&"
                      " stat -c %h out/etc/x/sh && ls out/etc/x") == "2\none\nsh\ntwo\n");
}

BOOST_FIXTURE_TEST_CASE(a_root_outside_is_brought_in, Sample) {
    BOOST_TEST(
        run("mkdir -p images; mv bundle/rootfs images/one; mkdir bundle/rootfs; touch bundle/rootfs/other")
            .status == 0);
    for (const std::string& root : {std::string("../images/one"), path("images/one")}) {
        BOOST_TEST_CONTEXT(root) {
            write("bundle/config.json", "{ \"root\" :\t{\"readonly\":true , \"path\":\n \"" + root +
                                            "\"}, \"ociVersion\":\"1.3.0\" }\n\n");
            const Outcome outcome = run("$P create -qfo x.tar bundle && rm -rf out && $P extract x.tar out");
            BOOST_TEST(outcome.status == 0);
            BOOST_TEST(outcome.output == "oci-pack: warning: the root " + root +
                                             " is outside the bundle: archived as rootfs\n");
            BOOST_TEST(
                read_file(path("out/config.json")) ==
                "{ \"root\" :\t{\"readonly\":true , \"path\":\n \"rootfs\"}, \"ociVersion\":\"1.3.0\" }\n\n");
            BOOST_TEST(differences(read_tree(path("images/one")), read_tree(path("out/rootfs"))) == "");
        }
    }
    // a symbolic link may lead anywhere, too
    write("bundle/config.json", config_text());
    const Outcome linked =
        run("rm -r bundle/rootfs out; ln -s ../images/one bundle/rootfs;"
            " $P create -qfo x.tar bundle && $P extract x.tar out");
    BOOST_TEST(linked.output ==
               "oci-pack: warning: the root rootfs is reached through a symbolic link: archived as rootfs\n");
    BOOST_TEST(read_file(path("out/config.json")) == config_text());
    BOOST_TEST(differences(read_tree(path("images/one")), read_tree(path("out/rootfs"))) == "");
    BOOST_TEST(
        run("$P create --include rootfs/other bundle >x").output.find("its place is taken by the root") !=
        std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(host_paths_are_warned_of, Sample) {
    write("bundle/config.json", R"({"ociVersion": "1.3.0", "root": {"path": "rootfs"},
"mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
{"destination": "/data", "type": "none", "source": "/srv/data", "options": ["rbind"]},
{"destination": "/a", "type": "bind", "source": "in/a", "options": ["bind"]},
{"destination": "/b", "type": "bind", "source": "./out/b", "options": ["bind"]},
{"destination": "/c", "type": "bind", "source": "rootfs/bin", "options": ["bind"]}],
"hooks": {"poststop": [{"path": "/usr/bin/after"}], "startContainer": [{"path": "/bin/sh"}]},
"linux": {"namespaces": [{"type": "pid"}, {"type": "network", "path": "/run/netns/x"}]}})");
    BOOST_TEST(
        run("mkdir -p bundle/in; $P create --include in bundle >x").output ==
        "oci-pack: warning: config.json:3:52: /mounts/1/source: the mount's source /srv/data is outside the "
        "bundle\n"
        "oci-pack: warning: config.json:5:49: /mounts/3/source: the mount's source ./out/b is not archived: "
        "--include takes it along\n"
        "oci-pack: warning: config.json:7:33: /hooks/poststop/0/path: the hook /usr/bin/after is a program "
        "of the host\n"
        "oci-pack: warning: config.json:8:71: /linux/namespaces/1/path: the namespace /run/netns/x is this "
        "machine's\n");
}

BOOST_FIXTURE_TEST_CASE(holes_stay_holes, Sample) {
    BOOST_TEST(run("cd bundle/rootfs; truncate -s 10G hole; truncate -s 1M ends; printf end >> ends;"
                   " printf begin > begins; truncate -s 1M begins; truncate -s 1M \"$(printf 'bad\\377')\"")
                   .status == 0);
    const Outcome outcome =
        run("$P create -qo x.tar --sparse bundle && $P extract x.tar out"
            " && mkdir tar && tar --warning=no-unknown-keyword -xf x.tar -C tar");
    BOOST_TEST(outcome.status == 0, outcome.output);
    struct stat status {};
    BOOST_TEST(::stat(path("x.tar").c_str(), &status) == 0);
    BOOST_TEST(status.st_size < 100'000);
    for (const std::string out : {"out", "tar"}) {
        BOOST_TEST(output("stat -c %s " + out + "/rootfs/hole") == "10737418240\n");
        BOOST_TEST(output("du -k " + out + "/rootfs/hole | cut -f1") == "0\n");
        BOOST_TEST(
            output("cd " + out + "/rootfs; rm hole; for f in *s bad*; do cmp $f ../../bundle/rootfs/$f; done")
                .empty());
    }
    BOOST_TEST(output("$P create --sparse bundle | cmp - x.tar").empty());
}

BOOST_FIXTURE_TEST_CASE(other_file_systems_are_included_on_demand, Sample) {
    if (!is_root())
        return ocikit::test::skip("only root can mount");
    BOOST_TEST(
        output("mkdir bundle/rootfs/m; export P; unshare -m sh -c 'mount -t tmpfs none bundle/rootfs/m && "
               "touch bundle/rootfs/m/x && $P create --cross-file-systems bundle | tar -t' | tail -2") ==
        "rootfs/m/\nrootfs/m/x\n");
}

BOOST_FIXTURE_TEST_CASE(progress_is_for_terminals, Sample) {
    BOOST_TEST(run("head -c 30000000 /dev/urandom > bundle/rootfs/big; $P create -c gzip bundle | wc -c")
                   .output.find("files") == std::string::npos);
    if (run("command -v script").status != 0)
        return ocikit::test::skip("script(1) is not there");
    const Outcome outcome = run("script -qec \"$P create -qc gzip -o x.tar.gz bundle\" /dev/null");
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(outcome.output.find(" files, ") != std::string::npos);
    BOOST_TEST(outcome.output.ends_with("\r\x1b[K"));
}

BOOST_AUTO_TEST_CASE(ids_in_attributes_are_mapped) {
    Adjustments adjustments;
    adjustments.uid_map.add("uid-map", "0:100000:1000");
    adjustments.gid_map.add("gid-map", "0:200000:1000");
    ocikit::archive::Entry entry;
    entry.uid = 100001;
    entry.gid = 200002;
    const auto id = [](std::uint32_t value) {
        return std::string{static_cast<char>(value & 0xff), static_cast<char>(value >> 8 & 0xff),
                           static_cast<char>(value >> 16 & 0xff), static_cast<char>(value >> 24 & 0xff)};
    };
    const auto acl = [&](std::uint32_t user, std::uint32_t group) {
        return std::string("\2\0\0\0\1\0\6\0\xff\xff\xff\xff\2\0\4\0", 16) + id(user) +
               std::string("\10\0\4\0", 4) + id(group);
    };
    const auto capability = [&](std::uint32_t root) {
        return std::string("\1\0\0\3", 4) + std::string(16, 'c') + id(root);
    };
    entry.xattrs = {{"system.posix_acl_access", acl(100005, 200006)},
                    {"security.capability", capability(100000)}};
    adjust(entry, adjustments);
    BOOST_TEST(entry.uid == 1u);
    BOOST_TEST(entry.gid == 2u);
    BOOST_TEST((entry.xattrs["system.posix_acl_access"] == acl(5, 6)));
    BOOST_TEST((entry.xattrs["security.capability"] == capability(0)));
    BOOST_TEST(adjustments.uid_map.to_host(5).value() == 100005u);
    BOOST_TEST(!adjustments.uid_map.to_host(1000).has_value());
}
