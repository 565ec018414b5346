// What others make of our archives: GNU tar and bsdtar have to extract them equal, whatever the locale.
#include <cerrno>
#include <string>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <utility>
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

const std::string gnu_tar = "tar --numeric-owner --xattrs --xattrs-include='*' --acls -xpf x.tar -C ";
const std::string bsdtar = "bsdtar --numeric-owner -xpf x.tar -C ";

struct Sample : TempDir {
    Sample() { make_rich_bundle(path("bundle")); }
    Outcome run(const std::string& command) const {
        return shell("cd " + path() + " && P=" + OCIKIT_OCI_PACK + "; " + command);
    }
    void make(const std::string& command) const {
        const Outcome outcome = run(command);
        BOOST_TEST_REQUIRE(outcome.status == 0, outcome.output);
    }
    // How what comes out of x.tar differs from the bundle.
    std::string extracted(const std::string& command) const {
        make("rm -rf out && mkdir out && " + command + "out");
        return differences(read_tree(path("bundle")), read_tree(path("out")));
    }
};

bool can_compare() {
    if (is_root() && shell("command -v bsdtar").status == 0)
        return true;
    ocikit::test::skip("bsdtar is not there, or the user isn't root, for whom alone owners are kept");
    return false;
}

// What no archive can tell bsdtar 3.6: it adds the fraction of a time before 1970 to the wrong
// side, and takes escapes in names of attributes literally.
void remove_what_bsdtar_misreads(const Sample& sample) {
    sample.make("rm bundle/rootfs/times/before-* bundle/rootfs/times/just-before");
    for (const char* name : {"user.100%=", "user.%41"})
        BOOST_TEST_REQUIRE((::removexattr(sample.path("bundle/rootfs/attributed").c_str(), name) == 0 ||
                            errno == ENOTSUP || errno == ENODATA));
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(they_extract_it_equal, Sample) {
    if (!can_compare())
        return;
    for (const char* options : {"", "--sparse"}) {
        BOOST_TEST_CONTEXT(options) {
            make(std::string("$P create -qfo x.tar ") + options + " bundle");
            BOOST_TEST(extracted("$P extract x.tar ") == "");
            BOOST_TEST(extracted((*options ? "LC_ALL=C.UTF-8 " : "LC_ALL=C ") + gnu_tar) == "");
        }
    }
    remove_what_bsdtar_misreads(*this);
    for (const auto& [options, locale] :
         {std::pair{"", "C"}, std::pair{"--sparse", "C.UTF-8"}, std::pair{"-c zstd", "C"}}) {
        BOOST_TEST_CONTEXT(options) {
            make(std::string("$P create -qfo x.tar ") + options + " bundle");
            BOOST_TEST(extracted(std::string("LC_ALL=") + locale + " " + bsdtar) == "");
        }
    }
}

// Short names in any characters need no record, for which either of them would have a warning.
BOOST_FIXTURE_TEST_CASE(names_make_no_warnings, Sample) {
    if (!can_compare())
        return;
    make(
        "rm -r bundle/rootfs/*; touch -d @1 bundle/rootfs/caf\xc3\xa9 bundle/rootfs/bad\xff;"
        " ln -s \xff\xc3\xa9 bundle/rootfs/link; $P create -qfo x.tar bundle");
    for (const std::string locale : {"C", "C.UTF-8"}) {
        for (const std::string& command : {gnu_tar, bsdtar}) {
            BOOST_TEST(run("mkdir -p out; LC_ALL=" + locale + " " + command + "out").output == "", command);
            BOOST_TEST(extracted("LC_ALL=" + locale + " " + command) == "", command);
        }
    }
}

// That it isn't our archives: bsdtar doesn't understand those of GNU tar and of itself in
// these points. If one of these fails, bsdtar has been mended, and so can be what we leave out above.
BOOST_FIXTURE_TEST_CASE(bsdtar_misreads_others_as_well, Sample) {
    if (!can_compare())
        return;
    const auto differs = [&](const std::string& file, const std::string& extract) {
        run("rm -rf out && mkdir out && " + extract + "out");
        return differences(read_tree(path("bundle")), read_tree(path("out")))
                   .find("differs: rootfs/" + file + "\n") != std::string::npos;
    };
    const std::vector<std::string> files{"times/before-nano", "times/before-last", "times/just-before",
                                         "attributed"};
    make("tar --format=posix --xattrs --xattrs-include='*' --acls -cf x.tar -C bundle config.json rootfs");
    for (const std::string& file : files) {
        BOOST_TEST(!differs(file, gnu_tar), file);
        BOOST_TEST(differs(file, bsdtar), file);
    }
    run("bsdtar --format=pax -cf x.tar -C bundle config.json rootfs");
    for (const std::string& file : files)
        BOOST_TEST(differs(file, gnu_tar), file);
    BOOST_TEST(differs("attributed", bsdtar));
}
