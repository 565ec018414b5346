// Archives that want to write where they must not, or to be taken for bundles.
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

#include "archive/test/raw_tar.hpp"
#include "archive/test/tree.hpp"
#include "oci-pack/create.hpp"
#include "oci-pack/extract.hpp"
#include "oci-pack/test/sample_bundle.hpp"
#include "oci-pack/verify.hpp"
#include "support/temp_dir.hpp"

using namespace ocikit;
using namespace ocikit::pack;
using namespace ocikit::archive::test;
using namespace ocikit::pack::test;
using ocikit::test::TempDir;

namespace {

RawTar bundle() {
    return RawTar().add("config.json", '0', config_text()).add("rootfs", '5');
}

// What extracting bytes is refused with; empty if it isn't.
std::string refusal(const TempDir& dir, const std::string& bytes, const archive::Limits& limits = {}) {
    const std::string archive = dir.write("archive", bytes);
    try {
        extract({.archive = archive, .destination = dir.path("inside/out"), .limits = limits},
                [](const auto&) {});
    } catch (const ocikit::Error& error) {
        std::string text = error.what();
        return text.substr(text.find(archive) + archive.size() + 2);
    }
    return {};
}

// The same of verify, for the archive that refusal has written.
std::string verify_refusal(const TempDir& dir) {
    try {
        verify(dir.path("archive"), {});
    } catch (const ocikit::Error& error) {
        std::string text = error.what();
        return text.substr(text.find(dir.path("archive")) + dir.path("archive").size() + 2);
    }
    return {};
}

}  // namespace

BOOST_AUTO_TEST_CASE(refused_with_nothing_outside_touched_and_nothing_left) {
    const TempDir dir;
    const std::string victim = dir.write("inside/victim", "precious");
    const std::string absolute = dir.path("inside/absolute");
    const std::string config = config_text();
    const struct {
        const char* what;
        std::string bytes;
        const char* reason;  // a part of it
    } cases[] = {
        {"absolute name", bundle().add(absolute, '0', "x").finished(), "its name is absolute"},
        {"absolute name in a record", bundle().record("path", absolute).add("x", '0', "x").finished(),
         "its name is absolute"},
        {"dot dot", bundle().add("../victim", '0', "x").finished(), "its name has '..' in it"},
        {"dot dot inside", bundle().add("rootfs/../rootfs/x", '0', "x").finished(),
         "its name has '..' in it"},
        {"dot dot at the end", bundle().add("rootfs/..", '5').finished(), "its name has '..' in it"},
        {"no name", bundle().add("", '0', "x").finished(), "an entry: refused: its name is empty"},
        {"through a symbolic link",
         bundle().add("rootfs/up", '2', "", "../..").add("rootfs/up/victim", '0', "x").finished(),
         "leads through a symbolic link"},
        {"through a link to a link",
         bundle()
             .add("rootfs/a", '2', "", "b")
             .add("rootfs/b", '2', "", "../..")
             .add("rootfs/a/victim", '0', "x")
             .finished(),
         "leads through a symbolic link"},
        {"through an absolute link",
         bundle().add("rootfs/up", '2', "", dir.path("inside")).add("rootfs/up/x/y", '0', "x").finished(),
         "leads through a symbolic link"},
        {"through a link inside the tree",
         bundle().add("rootfs/d", '5').add("rootfs/l", '2', "", "d").add("rootfs/l/x", '0', "x").finished(),
         "leads through a symbolic link"},
        {"a file over a link", bundle().add("rootfs/l", '2', "", victim).add("rootfs/l", '0', "x").finished(),
         "twice"},
        {"a directory over a link",
         bundle()
             .add("rootfs/l", '2', "", dir.path("inside"))
             .add("rootfs/l", '5')
             .add("rootfs/l/victim", '0', "x")
             .finished(),
         "twice"},
        {"a device over a link", bundle().add("rootfs/l", '2', "", victim).add("rootfs/l", '6').finished(),
         "twice"},
        {"a link to outside and a file in its place",
         bundle().add("rootfs", '2', "", dir.path("inside")).finished(), "twice"},
        {"hard link to an absolute name", bundle().add("rootfs/h", '1', "", victim).finished(),
         "victim', which is absolute"},
        {"hard link upwards", bundle().add("rootfs/h", '1', "", "../../victim").finished(),
         "rootfs/h: refused: it is a hard link to '../../victim', which has '..' in it"},
        {"hard link through a link",
         bundle()
             .add("rootfs/up", '2', "", "../../..")
             .add("rootfs/h", '1', "", "rootfs/up/victim")
             .finished(),
         "isn't in the archive before it"},
        {"hard link to nothing", bundle().add("rootfs/h", '1', "", "rootfs/none").finished(),
         "isn't in the archive before it"},
        {"hard link to a directory", bundle().add("rootfs/h", '1', "", "rootfs").finished(),
         "a hard link to a directory"},
        {"hard link to the top", bundle().add("rootfs/h", '1', "", ".").finished(),
         "isn't in the archive before it"},
        {"the top as a link", bundle().add(".", '2', "", "/").finished(),
         "the top of the archive is not a directory"},
        {"the top as a file", bundle().add(".", '0', "x").finished(),
         "the top of the archive is not a directory"},
        {"twice the same file", bundle().add("rootfs/x", '0', "1").add("rootfs/x", '0', "2").finished(),
         "twice"},
        {"twice the same directory", bundle().add("rootfs", '5').finished(), "twice"},
        {"twice, spelt differently",
         bundle().add("rootfs/x", '0', "1").add("./rootfs//x", '0', "2").finished(), "twice"},
        {"twice config.json", bundle().add("config.json", '0', config).finished(), "twice"},
        {"a file as a directory", bundle().add("rootfs/f", '0', "x").add("rootfs/f/g", '0', "x").finished(),
         "rootfs/f/g: refused: its path leads through a file that is no directory"},
        {"outer folder",
         RawTar().add("web", '5').add("web/config.json", '0', config).add("web/rootfs", '5').finished(),
         "all of it is in the outer folder 'web'"},
        {"outer folder without an entry",
         RawTar().add("./web/config.json", '0', config).add("./web/rootfs", '5').finished(),
         "all of it is in the outer folder 'web'"},
        {"no config.json", RawTar().add("rootfs", '5').finished(), "it holds no config.json"},
        {"no root", RawTar().add("config.json", '0', config).finished(), "is not in the archive"},
        {"a root that is a file", RawTar().add("config.json", '0', config).add("rootfs", '0', "x").finished(),
         "is not in the archive"},
        {"a root that is a link",
         RawTar().add("config.json", '0', config).add("rootfs", '2', "", "/").finished(),
         "is not in the archive"},
        {"config.json as a link", RawTar().add("config.json", '2', "", victim).add("rootfs", '5').finished(),
         "it is not a regular file"},
        {"config.json as a directory", RawTar().add("config.json", '5').add("rootfs", '5').finished(),
         "it is not a regular file"},
        {"config.json as a FIFO", RawTar().add("config.json", '6').add("rootfs", '5').finished(),
         "it is not a regular file"},
        {"config.json that isn't JSON", RawTar().add("config.json", '0', "{").add("rootfs", '5').finished(),
         "config.json:1:2"},
        {"config.json that isn't a configuration",
         RawTar().add("config.json", '0', "{}").add("rootfs", '5').finished(), "ociVersion"},
        {"a root outside",
         RawTar().add("config.json", '0', config_text("../x")).add("rootfs", '5').finished(),
         "is outside the bundle"},
        {"an absolute root",
         RawTar().add("config.json", '0', config_text("/etc")).add("rootfs", '5').finished(),
         "is outside the bundle"},
        {"the bundle as root", RawTar().add("config.json", '0', config_text(".")).finished(),
         "is the bundle itself"},
        {"a name of 5000 bytes",
         bundle().record("path", "rootfs/" + std::string(5000, 'x')).add("x", '0', "x").finished(),
         "longer than 4351 bytes"},
        {"a component of 300 bytes",
         bundle().record("path", "rootfs/" + std::string(300, 'n')).add("x", '0', "x").finished(),
         "nnn…: refused: its name has a part longer than 255 bytes"},
        {"a target of 5000 bytes",
         bundle().record("linkpath", std::string(5000, 'x')).add("rootfs/l", '2', "", "x").finished(),
         "a symbolic link with a target longer than 4095 bytes"},
        {"a record of 2 MB",
         bundle().record("path", std::string(2u << 20, 'x')).add("x", '0', "x").finished(), ""},
        {"a negative owner", bundle().record("uid", "-5").add("rootfs/x", '0', "x").finished(),
         "no user or group id"},
        {"a huge owner", bundle().record("uid", "4294967295").add("rootfs/x", '0', "x").finished(),
         "no user or group id"},
        {"cut within a header", bundle().finished().substr(0, 700), ""},
        {"cut within content",
         bundle().add("rootfs/x", '0', std::string(2000, 'x')).finished().substr(0, 3000), ""},
        {"cut between entries", bundle().unfinished(), "its end is missing"},
        {"empty", "", "it is empty"},
        {"garbage", std::string(5000, 'x'), "it is not a tar archive"},
        {"nothing in it", RawTar().finished(), "it holds no config.json"},
    };
    const Tree before = read_tree(dir.path("inside"));
    for (const auto& [what, bytes, reason] : cases) {
        BOOST_TEST_CONTEXT(what) {
            const std::string text = refusal(dir, bytes);
            BOOST_TEST(!text.empty());
            BOOST_TEST(text.find(reason) != std::string::npos, text);
            BOOST_TEST(differences(before, read_tree(dir.path("inside"))) == "");
            // without making files it comes to the same words
            BOOST_TEST(verify_refusal(dir) == text);
        }
    }
    BOOST_TEST(verify_refusal(dir) != "");
    BOOST_TEST(refusal(dir, bundle().finished()) == "");
    BOOST_TEST(verify_refusal(dir) == "");
}

BOOST_AUTO_TEST_CASE(limits) {
    const TempDir dir;
    dir.write("inside/x", "");
    const std::string large = bundle().add("rootfs/x", '0', std::string(5000, 'x')).finished();
    BOOST_TEST(refusal(dir, large, {.bytes = 5000}).starts_with("refused: more than 5000 bytes of content"));
    BOOST_TEST(refusal(dir, large, {.entries = 2}).starts_with("refused: more than 2 entries"));
    // a hole is content as well
    const std::string sparse = bundle()
                                   .add("PaxHeader", 'x',
                                        "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"
                                        "32 GNU.sparse.name=rootfs/hole1\n"
                                        "43 GNU.sparse.realsize=9000000000000000000\n")
                                   .add("x", '0', "0\n" + std::string(510, '\0'))
                                   .finished();
    BOOST_TEST(refusal(dir, sparse).starts_with("refused: more than 1099511627776 bytes of content"));
    BOOST_TEST(refusal(dir, large, {.entries = 3, .bytes = 5000 + config_text().size()}) == "");
}

BOOST_AUTO_TEST_CASE(compressed_twice_is_refused) {
    const TempDir dir;
    make_plain_bundle(dir.path("bundle"));
    dir.write("inside/x", "");
    create({.bundle = dir.path("bundle"),
            .output = dir.path("x.tar.gz"),
            .compression = {.kind = Compression::Kind::gzip}},
           [](const auto&) {});
    BOOST_TEST_REQUIRE(shell("gzip -c " + dir.path("x.tar.gz") + " > " + dir.path("twice")).status == 0);
    try {
        extract({.archive = dir.path("twice"), .destination = dir.path("inside/out"), .limits = {}},
                [](const auto&) {});
        BOOST_ERROR("it was extracted");
    } catch (const ocikit::Error& error) {
        BOOST_TEST(std::string(error.what()).ends_with("it is compressed twice, not a tar archive"));
    }
}

BOOST_AUTO_TEST_CASE(cut_off_compressed_archives_are_refused) {
    const TempDir dir;
    make_plain_bundle(dir.path("bundle"));
    dir.write("inside/x", "");
    for (const auto kind : {Compression::Kind::gzip, Compression::Kind::zstd, Compression::Kind::xz}) {
        create({.bundle = dir.path("bundle"),
                .output = dir.path("x"),
                .replace = true,
                .compression = {.kind = kind}},
               [](const auto&) {});
        std::ifstream in(dir.path("x"), std::ios::binary);
        const std::string whole((std::istreambuf_iterator<char>(in)), {});
        for (const std::size_t size : {whole.size() / 4, whole.size() / 2, whole.size() - 30})
            BOOST_TEST(refusal(dir, whole.substr(0, size)) != "");
    }
}

BOOST_AUTO_TEST_CASE(damaged_compressed_archives_are_refused) {
    const TempDir dir;
    make_plain_bundle(dir.path("bundle"));
    // content that doesn't compress lies in the archive as it is, where only the checksum tells
    std::mt19937 random(1);
    std::string noise(20'000, 0);
    for (char& c : noise)
        c = static_cast<char>(random());
    dir.write("bundle/rootfs/noise", noise);
    dir.write("inside/x", "");
    for (const auto kind : {Compression::Kind::gzip, Compression::Kind::zstd, Compression::Kind::xz}) {
        create({.bundle = dir.path("bundle"),
                .output = dir.path("x"),
                .replace = true,
                .compression = {.kind = kind}},
               [](const auto&) {});
        std::ifstream in(dir.path("x"), std::ios::binary);
        const std::string whole((std::istreambuf_iterator<char>(in)), {});
        unsigned without_meaning = 0;
        for (std::size_t at = 100; at < whole.size(); at += 371) {
            std::string bytes = whole;
            bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
            if (refusal(dir, bytes) != "")
                continue;
            // deflate pads its blocks with bits that mean nothing: then it is the same archive
            std::ifstream same(dir.path("inside/out/rootfs/noise"), std::ios::binary);
            const std::string content((std::istreambuf_iterator<char>(same)), {});
            BOOST_TEST((kind == Compression::Kind::gzip && content == noise), "byte " << at);
            BOOST_TEST(++without_meaning <= 2u);
            std::filesystem::remove_all(dir.path("inside/out"));
        }
        BOOST_TEST(refusal(dir, whole.substr(0, whole.size() - 1)) == "the compressed data is cut off");
        BOOST_TEST(refusal(dir, whole) == "");
        std::filesystem::remove_all(dir.path("inside/out"));
    }
}

BOOST_AUTO_TEST_CASE(a_destination_with_something_in_it_is_left_alone) {
    const TempDir dir;
    dir.write("inside/out/mine", "x");
    const Tree before = read_tree(dir.path("inside"));
    BOOST_TEST(refusal(dir, bundle().finished()).ends_with("directory not empty"));
    BOOST_TEST(differences(before, read_tree(dir.path("inside"))) == "");
}
