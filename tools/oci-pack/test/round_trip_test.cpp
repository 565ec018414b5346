#include <cerrno>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

#include "archive/test/raw_tar.hpp"
#include "archive/test/tree.hpp"
#include "oci-pack/create.hpp"
#include "oci-pack/extract.hpp"
#include "oci-pack/test/sample_bundle.hpp"
#include "support/skip.hpp"
#include "support/temp_dir.hpp"

using namespace ocikit::pack;
using namespace ocikit::archive::test;
using namespace ocikit::pack::test;
using ocikit::test::TempDir;

namespace {

void no_warning(const std::string& text) {
    BOOST_ERROR("warning: " << text);
}

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {(std::istreambuf_iterator<char>(in)), {}};
}

void pack_to(const std::string& bundle, const std::string& file, int threads = 1) {
    Compression compression = compression_of_file(file).value();
    compression.threads = threads;
    create({.bundle = bundle, .output = file, .replace = true, .compression = compression}, no_warning);
}

bool has(const std::string& program) {
    return shell("command -v " + program).status == 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_was_packed_is_extracted) {
    const TempDir dir;
    make_rich_bundle(dir.path("bundle"));
    const Tree expected = read_tree(dir.path("bundle"));
    for (const std::string suffix : {".tar", ".tar.gz", ".tar.zst", ".tar.xz"}) {
        BOOST_TEST_CONTEXT(suffix) {
            const std::string file = dir.path("x" + suffix);
            pack_to(dir.path("bundle"), file);
            extract({.archive = file, .destination = dir.path("out" + suffix), .limits = {}}, no_warning);
            BOOST_TEST(differences(expected, read_tree(dir.path("out" + suffix))) == "");
        }
    }
    // packing changes nothing in the bundle
    BOOST_TEST(differences(expected, read_tree(dir.path("bundle"))) == "");
}

// A folder's default access control list and its set-group-ID bit are for what is made in it by hand.
BOOST_AUTO_TEST_CASE(the_folder_hands_nothing_down) {
    const TempDir dir;
    make_rich_bundle(dir.path("bundle"));
    pack_to(dir.path("bundle"), dir.path("x.tar"));
    const Tree expected = read_tree(dir.path("bundle"));
    const Outcome outcome =
        shell("cd " + dir.path() + "; mkdir folder folder/empty; chmod 2777 folder folder/empty; " +
              (is_root() ? "chown 0:5 folder folder/empty; " : "") +
              "setfacl -dm u:7:rwx,g:8:rwx folder folder/empty");
    if (outcome.status != 0)
        return ocikit::test::skip("no access control lists: " + outcome.output);
    for (const std::string name : {"folder/new", "folder/empty"}) {
        extract({.archive = dir.path("x.tar"), .destination = dir.path(name), .limits = {}}, no_warning);
        BOOST_TEST(differences(expected, read_tree(dir.path(name))) == "", name);
    }
    struct stat status {};
    BOOST_TEST(::stat(dir.path("folder/new").c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0700u);
    BOOST_TEST(::lgetxattr(dir.path("folder/new").c_str(), "system.posix_acl_default", nullptr, 0) < 0);
}

BOOST_AUTO_TEST_CASE(the_same_tree_gives_the_same_bytes) {
    const TempDir dir;
    make_rich_bundle(dir.path("bundle"));
    for (const std::string suffix : {".tar", ".tar.gz", ".tar.zst", ".tar.xz"}) {
        BOOST_TEST_CONTEXT(suffix) {
            pack_to(dir.path("bundle"), dir.path("one" + suffix), 1);
            extract(
                {.archive = dir.path("one" + suffix), .destination = dir.path("copy" + suffix), .limits = {}},
                no_warning);
            ::sleep(suffix == ".tar.gz" ? 1 : 0);  // gzip could note the time
            pack_to(dir.path("copy" + suffix), dir.path("two" + suffix), 3);
            BOOST_TEST((read_file(dir.path("one" + suffix)) == read_file(dir.path("two" + suffix))));
        }
    }
}

BOOST_AUTO_TEST_CASE(gnu_tar_lists_the_names_in_order_without_an_outer_folder) {
    const TempDir dir;
    make_plain_bundle(dir.path("bundle"));
    pack_to(dir.path("bundle"), dir.path("x.tar"));
    BOOST_TEST(shell("tar -tf " + dir.path("x.tar")).output ==
               "config.json\nrootfs/\nrootfs/bin/\nrootfs/bin/bash\nrootfs/bin/sh\n");
}

BOOST_AUTO_TEST_CASE(an_archive_of_gnu_tar_is_extracted_equal) {
    if (!is_root())
        return ocikit::test::skip("the sample's closed directories can be read by root only");
    const TempDir dir;
    make_rich_bundle(dir.path("bundle"));
    for (const std::string names : {"config.json rootfs", "."}) {
        BOOST_TEST_CONTEXT(names) {
            const Outcome outcome = shell("tar --format=posix --xattrs --xattrs-include='*' -C " +
                                          dir.path("bundle") + " -cf " + dir.path("x.tar") + " " + names);
            BOOST_TEST_REQUIRE(outcome.status == 0, outcome.output);
            const std::string out = dir.path(names == "." ? "dot" : "names");
            extract({.archive = dir.path("x.tar"), .destination = out, .limits = {}}, no_warning);
            BOOST_TEST(differences(read_tree(dir.path("bundle")), read_tree(out)) == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(other_formats_of_gnu_tar_are_extracted) {
    const TempDir dir;
    make_plain_bundle(dir.path("bundle"));
    const std::string long_name = "rootfs/" + std::string(120, 'l') + "/" + std::string(120, 'm');
    dir.write("bundle/" + long_name, "x");
    for (const std::string format : {"gnu", "oldgnu", "posix"}) {
        BOOST_TEST_CONTEXT(format) {
            const Outcome outcome =
                shell("touch -h -d @1000 $(find " + dir.path("bundle") + "); tar --format=" + format +
                      " -C " + dir.path("bundle") + " -cf " + dir.path("x.tar") + " config.json rootfs");
            BOOST_TEST_REQUIRE(outcome.status == 0, outcome.output);
            extract({.archive = dir.path("x.tar"), .destination = dir.path(format), .limits = {}},
                    no_warning);
            BOOST_TEST(differences(read_tree(dir.path("bundle")), read_tree(dir.path(format))) == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(sparse_files_of_gnu_tar_keep_their_content) {
    const TempDir dir;
    make_plain_bundle(dir.path("bundle"));
    const Outcome outcome =
        shell("cd " + dir.path("bundle") +
              " && truncate -s 1M rootfs/hole && printf middle >> rootfs/hole"
              " && truncate -s 3M rootfs/hole && tar --format=posix -Scf ../x.tar config.json rootfs");
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.output);
    extract({.archive = dir.path("x.tar"), .destination = dir.path("out"), .limits = {}}, no_warning);
    BOOST_TEST((read_file(dir.path("bundle/rootfs/hole")) == read_file(dir.path("out/rootfs/hole"))));
}

BOOST_AUTO_TEST_CASE(a_root_some_levels_down_comes_with_its_parents) {
    const TempDir dir;
    dir.write("bundle/config.json", config_text("./images//one/rootfs/"));
    dir.write("bundle/images/one/rootfs/file", "x");
    dir.write("bundle/images/two/rootfs/file", "not part of it");
    ::chmod(dir.path("bundle/images").c_str(), 0711);
    pack_to(dir.path("bundle"), dir.path("x.tar"));
    BOOST_TEST(shell("tar -tf " + dir.path("x.tar")).output ==
               "config.json\nimages/\nimages/one/\nimages/one/rootfs/\nimages/one/rootfs/file\n");
    extract({.archive = dir.path("x.tar"), .destination = dir.path("out"), .limits = {}}, no_warning);
    struct stat status {};
    BOOST_TEST(::stat(dir.path("out/images").c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0711u);
}

// As GNU tar --acls writes them: text, not the attribute.
BOOST_AUTO_TEST_CASE(access_control_lists_in_text_become_attributes) {
    const TempDir dir;
    const auto archive = [](const std::string& who) {
        return RawTar()
            .add("config.json", '0', config_text())
            .record("SCHILY.acl.default", "user::rwx,group::r-x,other::r--")
            .add("rootfs", '5')
            .record("SCHILY.acl.access", "user::rw-,user:" + who + ":r--,group::r--,mask::r--,other::r--")
            .add("rootfs/file")
            .finished();
    };
    dir.write("numbered.tar", archive("4000"));
    dir.write("named.tar", archive("somebody"));
    std::vector<std::string> warnings;
    extract({.archive = dir.path("numbered.tar"), .destination = dir.path("out"), .limits = {}},
            [&](const std::string& text) { warnings.push_back(text); });
    if (!warnings.empty())
        return ocikit::test::skip("the file system has no access control lists");
    const Tree tree = read_tree(dir.path("out"));
    BOOST_TEST(tree.at("rootfs/file")
                       .find("system.posix_acl_access=0200000001000600ffffffff02000400a00f000004000400"
                             "ffffffff10000400ffffffff20000400ffffffff") != std::string::npos,
               tree.at("rootfs/file"));
    BOOST_TEST(
        tree.at("rootfs").find("system.posix_acl_default=0200000001000700ffffffff04000500ffffffff20000400"
                               "ffffffff") != std::string::npos,
        tree.at("rootfs"));
    BOOST_CHECK_THROW(
        extract({.archive = dir.path("named.tar"), .destination = dir.path("out2"), .limits = {}},
                no_warning),
        ocikit::Error);
}

BOOST_AUTO_TEST_CASE(compressed_streams_in_several_pieces_are_extracted) {
    const TempDir dir;
    make_plain_bundle(dir.path("bundle"));
    pack_to(dir.path("bundle"), dir.path("x.tar"));
    for (const std::string program : {"gzip", "zstd", "xz"}) {
        if (!has(program))
            continue;
        const Outcome outcome = shell("cd " + dir.path() + "; { head -c 1000 x.tar | " + program +
                                      " -c; tail -c +1001 x.tar | " + program + " -c; } > pieces");
        BOOST_TEST_REQUIRE(outcome.status == 0, outcome.output);
        extract({.archive = dir.path("pieces"), .destination = dir.path(program), .limits = {}}, no_warning);
        BOOST_TEST(differences(read_tree(dir.path("bundle")), read_tree(dir.path(program))) == "");
    }
}
