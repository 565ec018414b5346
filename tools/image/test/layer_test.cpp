// What layers do to the files below them, and what they are refused for.
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/unique_fd.hpp>

#include "archive/test/tree.hpp"
#include "image/test/sample_layout.hpp"
#include "image/unpack.hpp"

using namespace ocikit;
using namespace ocikit::image;
using namespace ocikit::image::test;
using archive::test::differences;
using archive::test::read_tree;
namespace fs = std::filesystem;

namespace {

const Platform platform{.os = "linux", .architecture = "amd64"};

// Unpacks layers below `inside/root`, beside which nothing must change.
struct Sample : SampleLayout {
    Sample() {
        dir().write("inside/victim", "untouched");
        dir().write("victim", "untouched");
    }

    void unpack(const std::vector<SampleLayer>& layers, UnpackOptions options = {}) {
        index(image(layers));
        fs::remove_all(root());
        fs::create_directory(root());
        const UniqueFd fd(::open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        RootUnpacker unpacker(fd.get(), std::move(options),
                              [this](const std::string& text) { warnings += text + '\n'; });
        unpacker.unpack(open_image({.path = path(), .tag = {}}, platform));
        unpacker.finish(fd.get());
    }
    void unpack(const std::vector<RawTar>& tars) { unpack(plain(tars)); }

    static std::vector<SampleLayer> plain(const std::vector<RawTar>& tars) {
        std::vector<SampleLayer> layers;
        for (const RawTar& tar : tars)
            layers.push_back({.tar = tar.finished()});
        return layers;
    }

    std::string refusal(const std::vector<SampleLayer>& layers, UnpackOptions options = {}) {
        try {
            unpack(layers, std::move(options));
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    }

    std::string root() const { return path("inside/root"); }
    std::string content(const std::string& name) const { return read_file(root() + '/' + name); }
    bool has(const std::string& name) const { return fs::exists(fs::symlink_status(root() + '/' + name)); }

    std::string warnings;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(layers_are_applied_in_order, Sample) {
    for (const char* program : {"", "gzip -n", "zstd -q"}) {
        unpack({{.tar = RawTar()
                            .add("etc", '5')
                            .add("etc/a", '0', "1")
                            .add("etc/b", '0', "1")
                            .add("old", '5')
                            .add("old/x", '0', "1")
                            .add("full", '5')
                            .add("full/x", '0', "1")
                            .add("full/d", '5')
                            .add("full/d/x", '0', "1")
                            .add("was-link", '2', "", "etc")
                            .add("was-dir", '5')
                            .add("was-dir/x", '0', "1")
                            .finished(),
                 .compress = program},
                {.tar = RawTar()
                            .add("./", '5')
                            .add("etc/a", '0', "two")
                            .add("etc/.wh.b")
                            .add(".wh.old")
                            .add("full/.wh..wh..opq")
                            .add("full/y", '0', "2")
                            .add("was-link", '5')
                            .add("was-link/in", '0', "2")
                            .add("was-dir", '2', "", "/etc")
                            .finished(),
                 .compress = program},
                {.tar = RawTar().add("etc/b", '1', "", "etc/a").add("old", '0', "3").finished(),
                 .compress = program}});
        BOOST_TEST(content("etc/a") == "two");
        BOOST_TEST(content("etc/b") == "two");
        BOOST_TEST(fs::hard_link_count(root() + "/etc/a") == 2u);
        BOOST_TEST(content("old") == "3");
        BOOST_TEST(!has("full/x"));
        BOOST_TEST(!has("full/d"));
        BOOST_TEST(content("full/y") == "2");
        BOOST_TEST(content("was-link/in") == "2");
        BOOST_TEST(!fs::is_symlink(root() + "/was-link"));
        BOOST_TEST(fs::read_symlink(root() + "/was-dir").string() == "/etc");
        BOOST_TEST(warnings == "");
    }
}

BOOST_FIXTURE_TEST_CASE(whiteouts_hide_what_is_below_whatever_the_order, Sample) {
    unpack({RawTar()
                .add("d", '5')
                .add("d/low", '0', "1")
                .add("d/sub", '5')
                .add("d/sub/low", '0', "1")
                .add("f", '0', "1"),
            RawTar()
                .add("d", '5')
                .add("d/new", '0', "2")
                .add("d/sub/new", '0', "2")
                .add("d/.wh..wh..opq")
                .add("f", '0', "2")
                .add(".wh.f")
                .add(".wh.nothing")
                .add("none/.wh.nothing")
                .add("none/.wh..wh..opq")
                .add(".wh..wh.plnk", '5')
                .add(".wh..wh.aufs", '0', "")});
    BOOST_TEST(content("d/new") == "2");
    BOOST_TEST(content("d/sub/new") == "2");
    BOOST_TEST(!has("d/low"));
    BOOST_TEST(!has("d/sub/low"));
    BOOST_TEST(content("f") == "2");
    for (const char* name : {"none", ".wh.f", ".wh..wh.plnk", ".wh..wh.aufs"})
        BOOST_TEST(!has(name), name);
}

BOOST_FIXTURE_TEST_CASE(an_opaque_top_hides_all, Sample) {
    unpack({RawTar().add("a", '0', "1").add("b", '5'), RawTar().add(".wh..wh..opq").add("c", '0', "2")});
    BOOST_TEST(!has("a"));
    BOOST_TEST(!has("b"));
    BOOST_TEST(content("c") == "2");
}

BOOST_FIXTURE_TEST_CASE(directories_get_what_the_last_layer_says, Sample) {
    const auto directory = [](const std::string& name, const std::string& mtime) {
        return RawTar().record("mtime", mtime).add(name, '5');
    };
    unpack({directory("d", "1000.5").add("d/x", '0', "1").add("e/x", '0', "1"),
            directory("d", "2000").add("e/y", '0', "2").record("mtime", "77").add("./", '5')});
    struct stat status {};
    BOOST_TEST(::stat((root() + "/d").c_str(), &status) == 0);
    BOOST_TEST(status.st_mtime == 2000);
    BOOST_TEST(content("d/x") == "1");
    BOOST_TEST(::stat((root() + "/e").c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0755u);
    BOOST_TEST(::stat(root().c_str(), &status) == 0);
    BOOST_TEST(status.st_mtime == 77);
    BOOST_TEST((status.st_mode & 07777) == 0755u);
}

BOOST_FIXTURE_TEST_CASE(hostile_layers_are_refused, Sample) {
    const std::string victim = path("victim");
    const auto entry = [](const std::string& name, char type = '0', const std::string& text = "x") {
        return RawTar().add(name, type, type == '0' ? text : "", type == '0' ? "" : text);
    };
    const RawTar base =
        RawTar().add("d", '5').add("up", '2', "", "../..").add("abs", '2', "", path("inside"));
    const struct {
        std::string what;
        std::vector<RawTar> layers;
        std::string reason;
    } cases[] = {
        {"absolute name", {entry(victim)}, "its name is absolute"},
        {"absolute name, upper layer", {base, entry(victim)}, "its name is absolute"},
        {"dot dot", {entry("../victim")}, "its name has '..' in it"},
        {"dot dot inside", {entry("d/../../victim")}, "its name has '..' in it"},
        {"dot dot at the end", {entry("d/..", '5', "")}, "its name has '..' in it"},
        {"no name", {entry("")}, "its name is empty"},
        {"through a link of the same layer",
         {RawTar().add("l", '2', "", "../..").add("l/victim", '0', "x")},
         "leads through a symbolic link"},
        {"through a link of a lower layer", {base, entry("up/victim")}, "leads through a symbolic link"},
        {"through an absolute link", {base, entry("abs/victim")}, "leads through a symbolic link"},
        {"a directory through a link", {base, entry("up/new", '5', "")}, "leads through a symbolic link"},
        {"a link through a link", {base, entry("up/l", '2', "x")}, "leads through a symbolic link"},
        {"a device through a link", {base, entry("up/fifo", '6', "")}, "leads through a symbolic link"},
        {"a directory over a link, then a link again",
         {RawTar().add("l", '2', "", path("inside")).add("l", '5').add("l/victim", '0', "x")},
         "twice"},
        {"a file over a link", {RawTar().add("l", '2', "", victim).add("l", '0', "x")}, "twice"},
        {"a link over a directory that has files",
         {base, RawTar().add("d/x", '0', "x").add("d", '2', "", "/")},
         "twice"},
        {"a file twice", {base, RawTar().add("x", '0', "1").add("x", '0', "2")}, "twice"},
        {"a FIFO and a file", {RawTar().add("x", '6').add("x", '0', "1")}, "twice"},
        {"hard link to an absolute name", {entry("h", '1', victim)}, "victim', which is absolute"},
        {"hard link upwards", {entry("h", '1', "../victim")}, "which has '..' in it"},
        {"hard link through a link", {base, entry("h", '1', "up/victim")}, "isn't in the archive before it"},
        {"hard link to nothing", {entry("h", '1', "none")}, "isn't in the archive before it"},
        {"hard link to a directory", {base, entry("h", '1', "d")}, "a hard link to a directory"},
        {"whiteout upwards", {base, entry("d/.wh...")}, "the whiteout of no file"},
        {"whiteout of itself", {base, entry("d/.wh..")}, "the whiteout of no file"},
        {"whiteout of nothing", {base, entry("d/.wh.")}, "the whiteout of no file"},
        {"whiteout through a link", {base, entry("up/.wh.victim")}, "leads through a symbolic link"},
        {"opaque through a link", {base, entry("up/inside/.wh..wh..opq")}, "leads through a symbolic link"},
        {"whiteout outside", {base, entry("../.wh.victim")}, "its name has '..' in it"},
        {"a directory like a whiteout", {base, entry(".wh.d/x")}, "can't be called .wh."},
        {"the top as a link", {RawTar().add("./", '2', "", "/")}, "it is not a directory"},
        {"the top as a file", {RawTar().add(".", '0', "x")}, "it is not a directory"},
        {"a file as a directory", {RawTar().add("f", '0', "x"), entry("f/g")}, "is no directory"},
        {"a name of 5000 bytes",
         {RawTar().record("path", std::string(5000, 'x')).add("x", '0', "x")},
         "longer than 4351 bytes"},
        {"a record of 2 MB", {RawTar().record("path", std::string(2u << 20, 'x')).add("x", '0', "x")}, ""},
        {"a target of 5000 bytes",
         {RawTar().record("linkpath", std::string(5000, 'x')).add("l", '2', "", "x")},
         "a target longer than 4095 bytes"},
        {"a negative owner", {RawTar().record("uid", "-5").add("x", '0', "x")}, "no user or group id"},
        {"a huge owner", {RawTar().record("uid", "4294967295").add("x", '0', "x")}, "no user or group id"},
    };
    for (const auto& [what, layers, reason] : cases) {
        BOOST_TEST_CONTEXT(what) {
            fs::remove_all(root());
            const auto before = read_tree(path("inside"));
            const std::string text = refusal(plain(layers));
            BOOST_TEST(!text.empty());
            BOOST_TEST(text.find(reason) != std::string::npos, text);
            fs::remove_all(root());
            BOOST_TEST(differences(before, read_tree(path("inside"))) == "");
            BOOST_TEST(read_file(victim) == "untouched");
        }
    }
    BOOST_TEST(refusal(plain({base})) == "");
}

BOOST_FIXTURE_TEST_CASE(layers_that_are_cut_off_or_garbage_are_refused, Sample) {
    const std::string tar = RawTar().add("x", '0', std::string(5000, 'x')).finished();
    for (const std::string& bytes : {tar.substr(0, 700), tar.substr(0, 3000),
                                     tar.substr(0, tar.size() - 1024), std::string(5000, 'x'), std::string()})
        BOOST_TEST(refusal({{.tar = bytes}}) != "");
    BOOST_TEST(refusal({{.tar = tar}}) == "");
}

BOOST_FIXTURE_TEST_CASE(bombs_are_refused, Sample) {
    const SampleLayer large{.tar = RawTar().add("x", '0', std::string(5000, 'x')).finished()};
    const SampleLayer other{.tar = RawTar().add("y", '0', std::string(5000, 'y')).finished()};
    BOOST_TEST(refusal({large, other}, {.limits = {.bytes = 9999}}).find("refused: more than") !=
               std::string::npos);
    BOOST_TEST(refusal({large, other}, {.limits = {.entries = 1}}).find("refused: more than") !=
               std::string::npos);
    BOOST_TEST(refusal({large, other}, {.limits = {.entries = 2, .bytes = 10000}}) == "");
    const SampleLayer zeros{.tar = RawTar().add("x", '0', std::string(300u << 20, '\0')).finished(),
                            .compress = "zstd -q"};
    BOOST_TEST(refusal({zeros}).find("more than 250 times as large") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(layers_are_compared_with_their_digests, Sample) {
    const SampleLayer layer{.tar = RawTar().add("x", '0', "x").finished(), .compress = "gzip -n"};
    unpack({layer});
    const std::string bytes = compressed(layer);
    const std::string file = digest_of(bytes).path();
    const auto unpacked = [this] {
        fs::remove_all(root());
        fs::create_directory(root());
        const UniqueFd fd(::open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        try {
            RootUnpacker(fd.get(), {}, [](const auto&) {
            }).unpack(open_image({.path = path(), .tag = {}}, platform));
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    BOOST_TEST(unpacked() == "");
    // the same content, the same size, other bytes: the time in gzip's header
    std::string changed = bytes;
    changed[4] = 'x';
    write(file, changed);
    BOOST_TEST(unpacked().find("its digest is sha256:") != std::string::npos);
    write(file, bytes + "x");
    BOOST_TEST(unpacked().find("bytes, not the") != std::string::npos);
    fs::remove(path() + '/' + file);
    BOOST_TEST(unpacked().find("the layer is missing") != std::string::npos);
    // another archive than rootfs.diff_ids says
    const SampleLayer other{.tar = RawTar().add("y", '0', "x").finished()};
    const std::string config = config_text({layer}, "{}", linux_amd64);
    index(descriptor(
        "application/vnd.oci.image.manifest.v1+json",
        R"({"schemaVersion": 2, "config": {"mediaType": "application/vnd.oci.image.config.v1+json", )" +
            blob(config) + R"(}, "layers": [{"mediaType": ")" + other.media_type + "\", " + blob(other.tar) +
            "}]}"));
    BOOST_TEST(unpacked().find("the digest of its tar archive is sha256:") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(owners_modes_and_devices, Sample) {
    if (::geteuid() != 0) {
        unpack({RawTar().add("null", '3').add("x", '0', "x")});
        BOOST_TEST(!has("null"));
        BOOST_TEST(content("x") == "x");
        return;
    }
    unpack({RawTar().owner(1000, 2000).mode(04755).add("x", '0', "x").add("null", '3')});
    struct stat status {};
    BOOST_TEST(::stat((root() + "/x").c_str(), &status) == 0);
    BOOST_TEST(status.st_uid == 1000u);
    BOOST_TEST(status.st_gid == 2000u);
    BOOST_TEST((status.st_mode & 07777) == 04755u);
    BOOST_TEST(::lstat((root() + "/null").c_str(), &status) == 0);
    BOOST_TEST(S_ISCHR(status.st_mode));
    UnpackOptions mapped;
    mapped.ownership.uid_map.add("map", "0:100000:65536");
    mapped.ownership.gid_map.add("map", "0:200000:65536");
    unpack(plain({RawTar().record("uid", "1000").add("x", '0', "x").add("d", '5'), RawTar().add("d", '5')}),
           mapped);
    for (const char* name : {"/x", "/d", ""}) {
        BOOST_TEST(::stat((root() + name).c_str(), &status) == 0);
        BOOST_TEST(status.st_uid == (name == std::string("/x") ? 101000u : 100000u), name);
        BOOST_TEST(status.st_gid == 200000u);
    }
}
