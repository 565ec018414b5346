// Bundles as images, and back.
#include <cstdlib>
#include <filesystem>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "archive/test/tree.hpp"
#include "image/test/sample_layout.hpp"
#include "oci-pack/test/sample_bundle.hpp"
#include "support/skip.hpp"
#include "support/temp_dir.hpp"

using namespace ocikit::archive::test;
using namespace ocikit::pack::test;
using ocikit::image::test::read_file;
using ocikit::test::TempDir;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr const char* rich_config = R"({
    "ociVersion": "1.0.2",
    "process": {
        "user": {"uid": 33, "gid": 44},
        "args": ["/bin/server", "--port", "80"],
        "env": ["A=1", "PATH=/bin"],
        "cwd": "/srv"
    },
    "root": {"path": "rootfs"},
    "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "tmpcopyup"]}
    ],
    "linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}]},
    "annotations": {
        "org.opencontainers.image.os": "linux", "org.opencontainers.image.architecture": "amd64",
        "org.opencontainers.image.variant": "v1", "org.opencontainers.image.os.version": "5",
        "org.opencontainers.image.os.features": "a,b", "org.opencontainers.image.author": "somebody",
        "org.opencontainers.image.created": "2001-02-03T04:05:06Z",
        "org.opencontainers.image.stopSignal": "SIGQUIT",
        "org.opencontainers.image.exposedPorts": "53/udp,80/tcp", "own": "label"
    }
})";

struct Sample : TempDir {
    Sample() { ::unsetenv("SOURCE_DATE_EPOCH"); }

    Outcome run(const std::string& command) const {
        return shell("cd " + path() + " && P=" + OCIKIT_OCI_PACK + " G=" + OCIKIT_OCI_GEN + "; " + command);
    }
    std::string output(const std::string& command) const {
        const Outcome outcome = run(command);
        BOOST_TEST_REQUIRE(outcome.status == 0, outcome.output);
        return outcome.output;
    }
    void fails(const std::string& command, int status, const std::string& reason) const {
        const Outcome outcome = run(command);
        BOOST_TEST(outcome.status == status, outcome.output);
        BOOST_TEST(outcome.output.find(reason) != std::string::npos, outcome.output);
    }
    json::value read(const std::string& file) const { return json::parse(read_file(path(file))); }
    json::value blob(const json::value& descriptor) const {
        return read("layout/blobs/sha256/" + std::string(descriptor.at("digest").as_string().c_str() + 7));
    }
    json::value manifest() const { return blob(read("layout/index.json").at("manifests").at(0)); }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_images_can_hold_comes_back, Sample) {
    make_rich_bundle(path("bundle"));
    write("bundle/config.json", rich_config);
    for (const std::string kind : {"gzip", "zstd:3", "none"}) {
        output("$P to-image -q -c " + kind + " -o layout:" + kind.substr(0, 4) + " bundle");
        output("$G --platform linux/amd64 --image layout:" + kind.substr(0, 4) + " --unpack -o back");
        BOOST_TEST(differences(read_tree(path("bundle/rootfs")), read_tree(path("back/rootfs"))) == "");
        const json::value before = read("bundle/config.json");
        const json::value after = read("back/config.json");
        for (const char* member : {"user", "args", "env", "cwd"})
            BOOST_TEST((before.at("process").at(member) == after.at("process").at(member)), member);
        BOOST_TEST((before.at("annotations") == after.at("annotations")));
        BOOST_TEST(json::serialize(after.at("mounts")).find(R"("destination":"/data","type":"tmpfs")") !=
                   std::string::npos);
        fs::permissions(path("back/rootfs/closed"), fs::perms::owner_all);
        fs::remove_all(path("back"));
    }
    fs::permissions(path("bundle/rootfs/closed"), fs::perms::owner_all);
}

BOOST_FIXTURE_TEST_CASE(the_same_bundle_is_the_same_image, Sample) {
    make_plain_bundle(path("bundle"));
    for (const std::string kind : {"gzip", "zstd", "none"}) {
        const std::string words =
            "$P to-image --platform linux/arm64 --owner 0 --group 0 -c " + kind + " -o ";
        const std::string digest = output(words + "one:x --threads 1 bundle");
        BOOST_TEST(digest.starts_with("sha256:"));
        BOOST_TEST(digest.size() == 7 + 64 + 1u);
        BOOST_TEST(output(words + "two:y --threads 2 bundle") == digest);
    }
    BOOST_TEST(output("$P to-image -q -o layout bundle") == "");
}

BOOST_FIXTURE_TEST_CASE(documents, Sample) {
    make_plain_bundle(path("bundle"));
    output("SOURCE_DATE_EPOCH=86400 $P to-image --platform linux/arm64/v8 -o layout bundle");
    BOOST_TEST(read_file(path("layout/oci-layout")) == R"({"imageLayoutVersion":"1.0.0"})");
    const json::value image = manifest();
    BOOST_TEST(image.at("mediaType").as_string() == "application/vnd.oci.image.manifest.v1+json");
    BOOST_TEST(image.at("layers").at(0).at("mediaType").as_string() ==
               "application/vnd.oci.image.layer.v1.tar+gzip");
    const json::value config = blob(image.at("config"));
    BOOST_TEST(config.at("architecture").as_string() == "arm64");
    BOOST_TEST(config.at("variant").as_string() == "v8");
    BOOST_TEST(config.at("created").as_string() == "1970-01-02T00:00:00Z");
    BOOST_TEST(json::serialize(config.at("config")) == R"({"Cmd":["sh"],"WorkingDir":"/"})");
    BOOST_TEST(json::serialize(config.at("history")) ==
               R"([{"created":"1970-01-02T00:00:00Z","created_by":"oci-pack to-image"}])");
    output("$P to-image --mtime 2001-02-03 -o layout bundle");
    BOOST_TEST(blob(manifest().at("config")).at("created").as_string() == "2001-02-03T00:00:00Z");
    if (run("command -v skopeo").status != 0)
        return ocikit::test::skip("skopeo is not there");
    BOOST_TEST(output("skopeo inspect oci:layout:latest").find("\"Layers\"") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(tags_are_added_and_replaced, Sample) {
    make_plain_bundle(path("bundle"));
    output(
        "$P to-image -o layout:v1 bundle; $P to-image -o layout bundle; $P to-image -c none -o layout:v1 "
        "bundle");
    json::value index = read("layout/index.json");
    const auto tags = [&index] {
        std::string text;
        for (const json::value& image : index.at("manifests").as_array())
            text += std::string(image.at("annotations").at("org.opencontainers.image.ref.name").as_string()) +
                    ' ';
        return text;
    };
    BOOST_TEST(tags() == "latest v1 ");
    // what others have written stays
    index.as_object()["annotations"] = {{"who", "others"}};
    write("layout/index.json", json::serialize(index));
    output("$P to-image -o layout:a/b:c bundle");
    index = read("layout/index.json");
    BOOST_TEST(tags() == "latest v1 a/b:c ");
    BOOST_TEST(index.at("annotations").at("who").as_string() == "others");
    output("$G --image layout:a/b:c >config.json");
}

BOOST_FIXTURE_TEST_CASE(what_is_refused_leaves_the_layout_as_it_was, Sample) {
    make_plain_bundle(path("bundle"));
    write("full/x", "x");
    fails("$P to-image bundle", 2, "option '--output' is needed");
    fails("$P to-image -o full bundle", 1, "it is neither empty nor an OCI image layout");
    fails("$P to-image -o full/x bundle", 2, "not a directory");
    fails("$P to-image -o none/layout bundle", 2, "no such file or directory");
    fails("$P to-image -o 'layout:a b' bundle", 2, "is no tag");
    fails("$P to-image -o layout: bundle", 2, "'layout:' has no tag behind the colon");
    fails("$P to-image -o :v1 bundle", 2, "the path is empty");
    fails("$P to-image -o layout --mtime @999999999999 bundle", 2, "can't have the time @999999999999");
    fails("SOURCE_DATE_EPOCH=-99999999999 $P to-image -o layout bundle", 2, "can't have the time");
    fails("$P to-image -c xz -o layout bundle", 2, "with gzip or zstd, or not at all");
    fails("$P to-image --platform x -o layout bundle", 2, "is no platform");
    fails("$P to-image -o layout none", 2, "to-image none: open: no such file or directory");
    BOOST_TEST(!fs::exists(path("layout")));
    BOOST_TEST(output("ls -A full") == "x\n");

    output("$P to-image -o layout bundle");
    const Tree before = read_tree(path("layout"));
    write("bundle/rootfs/.wh.x", "x");
    fails("$P to-image -o layout:v2 bundle", 1, "rootfs/.wh.x: its name begins with .wh.");
    fails("$P to-image -o other bundle", 1, "rootfs/.wh.x: its name begins with .wh.");
    fs::remove(path("bundle/rootfs/.wh.x"));
    fails("$P to-image -o bundle/rootfs/layout bundle", 1, "this is the layout that the image goes to");
    BOOST_TEST(!fs::exists(path("bundle/rootfs/layout")));
    write("bundle/config.json", "{}");
    fails("$P to-image -o layout:v2 bundle", 1, "ociVersion");
    BOOST_TEST(!fs::exists(path("other")));
    Tree after = read_tree(path("layout"));
    // files came and went
    BOOST_TEST(output("ls -A layout") == "blobs\nindex.json\noci-layout\n");
    BOOST_TEST(before.size() == after.size());

    make_plain_bundle(path("again"));
    write("layout/oci-layout", R"({"imageLayoutVersion": "3"})");
    fails("$P to-image -o layout again", 1, "the version \"3\" is unknown");
    write("layout/oci-layout", R"({"imageLayoutVersion": "1.0.0"})");
    write("layout/index.json", "[");
    fails("$P to-image -o layout again", 1, "index.json:1:2");
}

BOOST_FIXTURE_TEST_CASE(several_at_once_add_to_a_new_layout, Sample) {
    make_plain_bundle(path("bundle"));
    output(
        "for i in 1 2 3 4 5 6 7 8; do $P to-image -q -o layout:$i bundle & pids=\"$pids $!\"; done;"
        "for pid in $pids; do wait $pid || exit 1; done");
    BOOST_TEST(read("layout/index.json").at("manifests").as_array().size() == 8u);
    output("for i in 1 2 3 4 5 6 7 8; do $G --image layout:$i > config.json || exit 1; done");
}

BOOST_FIXTURE_TEST_CASE(without_descriptors_there_is_no_layout, Sample) {
    if (sanitized)
        return ocikit::test::skip("the sanitizer needs descriptors as well");
    make_plain_bundle(path("bundle"));
    int failures = 0;
    for (int limit = 4; limit < 12; ++limit) {
        const Outcome outcome = run("ulimit -n " + std::to_string(limit) + "; $P to-image -o layout bundle");
        failures += outcome.status != 0;
        BOOST_TEST(fs::exists(path("layout")) == (outcome.status == 0), outcome.output);
        fs::remove_all(path("layout"));
    }
    BOOST_TEST(failures > 0);
}

BOOST_FIXTURE_TEST_CASE(ended_in_the_middle_the_layout_is_as_it_was, Sample) {
    make_plain_bundle(path("bundle"));
    output("$P to-image -o layout:v1 bundle; head -c 60000000 /dev/urandom >bundle/rootfs/big");
    const std::string index = read_file(path("layout/index.json"));
    for (const char* signal : {"TERM", "KILL"}) {
        const Outcome outcome =
            run(std::string(
                    "$P to-image -o layout:v2 bundle & pid=$!; while ! ls -l /proc/$pid/fd | grep big; do :; "
                    "done >/dev/null 2>&1; kill -") +
                signal + " $pid; wait $pid");
        BOOST_TEST(outcome.status == (signal == std::string("TERM") ? 128 + 15 : 128 + 9));
        BOOST_TEST(read_file(path("layout/index.json")) == index);
        BOOST_TEST(output("ls -A layout layout/blobs/sha256 | wc -l") == "9\n");
    }
    output("$G --image layout:v1 >config.json");
}
