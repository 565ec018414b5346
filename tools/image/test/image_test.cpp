// Which image is taken of what is there, and what is none.
#include "image/image.hpp"

#include <cstdlib>
#include <filesystem>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "image/test/sample_layout.hpp"

using namespace ocikit;
using namespace ocikit::image;
using namespace ocikit::image::test;

namespace {

constexpr const char* index_type = "application/vnd.oci.image.index.v1+json";
constexpr const char* manifest_type = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* config_type = "application/vnd.oci.image.config.v1+json";

std::string platform_member(const std::string& os, const std::string& architecture,
                            const std::string& variant = "") {
    return R"("platform": {"os": ")" + os + R"(", "architecture": ")" + architecture + '"' +
           (variant.empty() ? "" : R"(, "variant": ")" + variant + '"') + "}";
}

struct Sample : SampleLayout {
    const SampleLayer layer{.tar = RawTar().add("x", '0', "x").finished()};

    Image open(const std::string& tag = "", const std::string& platform = "linux/amd64",
               const std::string& file = "layout") const {
        return open_image({.path = path(file), .tag = tag}, parse_platform(platform));
    }
    // Images are told apart by their working directories.
    std::string opened(const std::string& tag = "", const std::string& platform = "linux/amd64",
                       const std::string& file = "layout") const {
        try {
            return open(tag, platform, file).config.working_directory;
        } catch (const Error& error) {
            return std::string(error.what()) + (error.hint().empty() ? "" : "\n" + error.hint());
        }
    }
    bool refused(const std::string& reason, const std::string& tag = "",
                 const std::string& platform = "linux/amd64", const std::string& file = "layout") const {
        const std::string text = opened(tag, platform, file);
        BOOST_TEST(text.find(reason) != std::string::npos, text);
        return text.starts_with("image " + path(file));
    }
    std::string called(const std::string& name, const std::string& more = "",
                       const std::string& platform = linux_amd64) const {
        return image({layer}, R"({"WorkingDir": ")" + name + "\"}", more, platform);
    }
    std::string manifest(const std::string& text) const { return descriptor(manifest_type, text); }
    std::string config() const {
        return std::string(R"("config": {"mediaType": ")") + config_type + "\", " +
               blob(config_text({layer}, "{}", linux_amd64)) + "}";
    }
    std::string layers(const std::string& type) const {
        return R"("layers": [{"mediaType": ")" + type + R"(", "urls": ["https://example.org/x"], )" +
               blob(layer.tar) + "}]";
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(tags, Sample) {
    index(called("/one", tagged("v1")));
    BOOST_TEST(opened() == "/one");
    BOOST_TEST(opened("v1") == "/one");
    BOOST_TEST(refused("there is no image tagged \"v2\" in it\nits tags are v1", "v2"));
    index(called("/one", tagged("v1")) + ", " + called("/two", tagged("docker.io/library/x:v2")));
    BOOST_TEST(opened("docker.io/library/x:v2") == "/two");
    BOOST_TEST(refused("none is tagged latest\nname one of its tags: docker.io/library/x:v2, v1"));
    index(called("/one", tagged("v1")) + ", " + called("/two", tagged("latest")));
    BOOST_TEST(opened() == "/two");
    index(called("/one"));
    BOOST_TEST(opened() == "/one");
    BOOST_TEST(refused("its images have no tags", "v1"));
    index(called("/one", R"("annotations": {"io.containerd.image.name": "docker.io/x/y:1"})"));
    BOOST_TEST(opened("docker.io/x/y:1") == "/one");
    index("");
    BOOST_TEST(refused("it has no images"));
}

BOOST_FIXTURE_TEST_CASE(platforms, Sample) {
    const std::string arm64 = R"("os": "linux", "architecture": "arm64", "variant": "v8")";
    const std::string arm6 = R"("os": "linux", "architecture": "arm", "variant": "v6")";
    const std::string arm7 = R"("os": "linux", "architecture": "arm", "variant": "v7")";
    const std::string several = called("/arm64", platform_member("linux", "arm64", "v8"), arm64) + ", " +
                                called("/arm6", platform_member("linux", "arm", "v6"), arm6) + ", " +
                                called("/arm7", platform_member("linux", "arm", "v7"), arm7) + ", " +
                                called("/amd64", platform_member("linux", "amd64")) + ", " +
                                called("/none", platform_member("unknown", "unknown"));
    const std::string nested = descriptor(index_type, index_of(several));
    const std::string docker =
        descriptor("application/vnd.docker.distribution.manifest.list.v2+json", index_of(nested));
    for (const std::string& descriptors : {several, nested, docker}) {
        index(descriptors);
        BOOST_TEST(opened() == "/amd64");
        BOOST_TEST(opened("", "linux/x86_64") == "/amd64");
        BOOST_TEST(opened("", "linux/arm64") == "/arm64");
        BOOST_TEST(opened("", "linux/aarch64/v8") == "/arm64");
        BOOST_TEST(opened("", "linux/arm") == "/arm7");
        BOOST_TEST(opened("", "linux/arm/v8") == "/arm7");
        BOOST_TEST(opened("", "linux/arm/v6") == "/arm6");
        BOOST_TEST(
            refused("it has no image for linux/arm/v5, but for linux/amd64, linux/arm/v6, linux/arm/v7, "
                    "linux/arm64/v8\n--platform",
                    "", "linux/arm/v5"));
    }
    // the config tells where the descriptor doesn't, and where it lies
    index(called("/arm64", "", arm64) + ", " + called("/amd64"));
    BOOST_TEST(opened() == "/amd64");
    BOOST_TEST(opened("", "linux/arm64") == "/arm64");
    index(called("/arm64", platform_member("linux", "amd64"), arm64));
    BOOST_TEST(refused("it has no image for linux/amd64, but for linux/arm64/v8"));
    for (const char* text : {"", "linux", "linux/", "/amd64", "a/b/c/d", "Linux/amd64", "linux/amd 64"})
        BOOST_CHECK_THROW(parse_platform(text), Error);
}

BOOST_FIXTURE_TEST_CASE(indexes_without_end_are_refused, Sample) {
    std::string descriptors = called("/deep");
    for (int i = 0; i < 8; ++i)
        descriptors = descriptor(index_type, index_of(descriptors));
    index(descriptors);
    BOOST_TEST(opened() == "/deep");
    index(descriptor(index_type, index_of(descriptors)));
    BOOST_TEST(refused("more than 8 deep"));
}

// 60 to the eighth times the same manifest.
BOOST_FIXTURE_TEST_CASE(indexes_that_name_each_other_often_are_read_once, Sample) {
    std::string descriptors = called("/x", "", R"("os": "plan9", "architecture": "amd64")");
    for (int i = 0; i < 8; ++i) {
        const std::string one = descriptor(index_type, index_of(descriptors));
        descriptors = one;
        for (int copies = 1; copies < 60; ++copies)
            descriptors += ", " + one;
    }
    index(descriptors);
    BOOST_TEST(refused("it has no image for linux/amd64, but for plan9/amd64"));
}

BOOST_FIXTURE_TEST_CASE(what_is_no_image_is_refused, Sample) {
    const std::string good = R"("schemaVersion": 2, )" + config() + ", ";
    const std::string tar = "application/vnd.oci.image.layer.v1.tar";
    index(manifest("{" + good + layers(tar) + "}"));
    BOOST_TEST(opened() == "");
    for (const char* type : {"application/vnd.docker.image.rootfs.diff.tar.gzip",
                             "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
                             "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}) {
        index(manifest("{" + good + layers(type) + "}"));
        BOOST_TEST(opened() == "", type);
    }
    const struct {
        std::string descriptors;
        std::string reason;
    } cases[] = {
        {manifest("{" + good + layers(tar + "+gzip+encrypted") + "}"), "the layer is encrypted"},
        {manifest("{" + good + layers("application/x-squashfs") + "}"),
         "the media type \"application/x-squashfs\" of the layer is unknown"},
        {manifest("{" + good + R"("layers": []})"), "rootfs.diff_ids has 1 layers, but the manifest has 0"},
        {manifest("{" + good +
                  R"("layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "size": 7,
            "digest": "sha256:0000000000000000000000000000000000000000000000000000000000000000"}]})"),
         "the layer is missing"},
        {manifest("{" + good +
                  R"("layers": [{"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar",
            "size": 7, "urls": ["https://example.org/x"],
            "digest": "sha256:0000000000000000000000000000000000000000000000000000000000000000"}]})"),
         "it is a foreign one, to be fetched from https://example.org/x"},
        {manifest(R"({"schemaVersion": 1, )" + config() + ", " + layers(tar) + "}"),
         "/schemaVersion: expected 2"},
        {manifest(R"({)" + config() + ", " + layers(tar) + "}"), "it has no schemaVersion"},
        {manifest("{" + good + layers(tar) + R"(, "manifests": []})"), "/manifests: refused"},
        {manifest("{" + good + layers(tar) + R"(, "mediaType": "application/vnd.oci.image.index.v1+json"})"),
         "/mediaType: it is"},
        {manifest("{" + good + layers(tar)), ":1:"},
        {manifest("[]"), "expected an object"},
        {manifest(R"({"schemaVersion": 2, "layers": []})"), "it has no config"},
        {manifest(
             R"({"schemaVersion": 2, "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", )" +
             blob("{}") + R"(}, "layers": []})"),
         "it is an artifact and no image"},
        {descriptor("application/vnd.docker.distribution.manifest.v1+prettyjws", "{}"),
         "Docker's first schema"},
        {descriptor("text/plain", "x"), "its media type \"text/plain\" is neither an image's nor an index's"},
        {R"({"mediaType": "x", "size": 1, "digest": "sha256:abc"})", "sha256 has 64 digits"},
        {R"({"mediaType": "x", "size": 1, "digest": "md5:abc"})", "unknown algorithm"},
        {R"({"mediaType": "x", "size": 1, "digest": "abc"})", "is no digest"},
        {R"({"mediaType": "x", "size": -1, "digest": "sha256:abc"})", "is no digest"},
        {R"({"mediaType": "x", "digest": "sha256:../../../../etc/passwd"})", "is no digest"},
        {R"({"mediaType": 5})", "/manifests/0/mediaType: expected a string"},
    };
    for (const auto& [descriptors, reason] : cases) {
        index(descriptors);
        BOOST_TEST(refused(reason));
    }
}

BOOST_FIXTURE_TEST_CASE(damaged_blobs_are_refused, Sample) {
    index(called("/one"));
    const Index read = parse_index(read_file(path("layout/index.json")), "index.json", "");
    const std::string file = "layout/" + read.manifests.front().digest.path();
    std::string text = read_file(path(file));
    text[text.find("schemaVersion")] = 'S';
    dir().write(file, text);
    BOOST_TEST(refused("its digest is sha256:"));
    dir().write(file, text + " ");
    BOOST_TEST(refused("that its descriptor says"));
    std::filesystem::remove(path(file));
    BOOST_TEST(refused("it isn't there"));
    std::filesystem::create_symlink(dir().write("elsewhere", text), path(file));
    BOOST_TEST(refused("a symbolic link is in its path"));
    std::filesystem::remove(path(file));
    std::filesystem::create_directory(path(file));
    BOOST_TEST(refused("it is not a regular file"));
    write("index.json", std::string(5u << 20, ' '));
    BOOST_TEST(refused("more than the 4194304 that are read of such files"));
}

BOOST_FIXTURE_TEST_CASE(configs, Sample) {
    const std::string diff_ids = R"("rootfs": {"type": "layers", "diff_ids": []})";
    const struct {
        std::string text;
        std::string reason;
    } cases[] = {
        {R"({"os": "linux", )" + diff_ids + "}", "it has no architecture"},
        {R"({"os": "", "architecture": "amd64", )" + diff_ids + "}", "/os: it is empty"},
        {R"({"os": "linux", "architecture": "amd64"})", "it has no rootfs"},
        {R"({"os": "linux", "architecture": "amd64", "rootfs": {"type": "x"}})",
         "expected the type \"layers\""},
        {R"({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": ["x"]}})",
         "/rootfs/diff_ids/0: \"x\" is no digest"},
        {R"({"os": "linux", "architecture": "amd64", "config": {"Env": "x"}, )" + diff_ids + "}",
         "/config/Env: expected an array"},
        {R"({"os": "linux", "architecture": "amd64", "config": {"User": "a\u0000b"}, )" + diff_ids + "}",
         "/config/User: the string has a NUL in it"},
    };
    for (const auto& [text, reason] : cases) {
        try {
            parse_config(text, "config");
            BOOST_ERROR(text);
        } catch (const Error& error) {
            BOOST_TEST(std::string(error.what()).find(reason) != std::string::npos, error.what());
        }
    }
    const ImageConfig config = parse_config(
        R"({"os": "linux", "architecture": "amd64", "os.features": null, "unknown": [1], "config": {"Cmd": null,
        "Volumes": {"/b": {}, "/a": {}}, "Labels": {"k": "v"}}, )" +
            diff_ids + "}",
        "config");
    BOOST_TEST((config.volumes == std::vector<std::string>{"/a", "/b"}));
    BOOST_TEST(config.labels.at("k") == "v");
}

BOOST_FIXTURE_TEST_CASE(archives, Sample) {
    std::string long_folder;
    for (int i = 0; i < 1500; ++i)
        long_folder += "d/";
    index(called("/one", tagged("v1")));
    for (const std::string suffix : {"", " | gzip", " | zstd -q", " | xz"}) {
        BOOST_TEST(std::system(("tar -C " + path() + " -cf - ." + suffix + " >" + path("x.tar")).c_str()) ==
                   0);
        BOOST_TEST(opened("v1", "linux/amd64", "x.tar") == "/one", suffix);
        const Image image = open("", "linux/amd64", "x.tar");
        const auto blob = image.store->open(image.layers.at(0).file);
        BOOST_TEST_REQUIRE(blob.has_value());
        std::string bytes(blob->size, '\0');
        BOOST_TEST(::read(blob->fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
        BOOST_TEST((bytes == layer.tar));
    }
    RawTar twice;
    twice.add("oci-layout", '0', "{}").add("x", '2', "", "y").add("./oci-layout", '0', "{}");
    dir().write("twice.tar", twice.finished());
    BOOST_TEST(refused("oci-layout: refused: it is in the archive twice", "", "linux/amd64", "twice.tar"));
    RawTar many;
    for (int i = 0; i < 1500; ++i)
        many.record("path", std::to_string(i) + '/' + std::string(200, 'n') + '/' + long_folder + 'f')
            .add("x");
    dir().write("many.tar", many.finished());
    BOOST_TEST(refused("refused: it has more files than any image", "", "linux/amd64", "many.tar"));
    dir().write("garbage.tar", std::string(5000, 'x'));
    BOOST_TEST(refused("it is not a tar archive", "", "linux/amd64", "garbage.tar"));
    dir().write("other/x", "");
    BOOST_TEST(refused("neither oci-layout nor manifest.json is in it", "", "linux/amd64", "other"));
    BOOST_TEST(refused("no such file or directory", "", "linux/amd64", "none"));
    write("oci-layout", R"({"imageLayoutVersion": "2.0.0"})");
    BOOST_TEST(refused("the version \"2.0.0\" is unknown"));
}

BOOST_FIXTURE_TEST_CASE(docker_archives, Sample) {
    const std::string one = config_text({layer}, R"({"WorkingDir": "/one"})", linux_amd64);
    const std::string two = config_text({layer}, R"({"WorkingDir": "/two"})", linux_amd64);
    const std::string one_file = digest_of(one).hex + ".json";
    const auto image = [](const std::string& config, const std::string& tags, const std::string& layers) {
        return R"({"Config": ")" + config + R"(", "RepoTags": [)" + tags + R"(], "Layers": [)" + layers +
               "]}";
    };
    const auto save = [&](const std::string& images) {
        dir().write("saved.tar", RawTar()
                                     .add("a/layer.tar", '0', layer.tar)
                                     .add("b/layer.tar", '2', "", "../a/layer.tar")
                                     .add(one_file, '0', one)
                                     .add("two.json", '0', two)
                                     .add("lie/" + digest_of(two).hex + ".json", '0', one)
                                     .add("manifest.json", '0', "[" + images + "]")
                                     .finished());
    };
    const auto saved = [&](const std::string& tag = "", const std::string& platform = "linux/amd64") {
        return opened(tag, platform, "saved.tar");
    };
    save(image(one_file, R"("alpine:3")", R"("b/layer.tar")"));
    for (const char* tag : {"", "3", "alpine:3", "docker.io/library/alpine:3"})
        BOOST_TEST(saved(tag) == "/one", tag);
    BOOST_TEST(saved("4").find("its tags are alpine:3") != std::string::npos);
    BOOST_TEST(saved("", "linux/arm64").find("it is for linux/amd64, not for linux/arm64") !=
               std::string::npos);
    BOOST_TEST(open("", "linux/amd64", "saved.tar").layers.at(0).diff_id.hex == digest_of(layer.tar).hex);
    save(image(one_file, R"("a:1")", R"("a/layer.tar")") + ", " +
         image("two.json", R"("b:1", "b:latest")", R"("a/layer.tar")"));
    BOOST_TEST(saved() == "/two");
    BOOST_TEST(saved("a:1") == "/one");
    BOOST_TEST(saved("1").find("several of its images") != std::string::npos);
    save(image(one_file, "", R"("none/layer.tar")"));
    BOOST_TEST(saved().find("none/layer.tar: the layer is missing") != std::string::npos);
    save(image(one_file, "", ""));
    BOOST_TEST(saved().find("diff_ids has 1 layers, but manifest.json has 0") != std::string::npos);
    save(image("lie/" + digest_of(two).hex + ".json", "", R"("a/layer.tar")"));
    BOOST_TEST(saved().find("its digest is") != std::string::npos);
    save(image("../../etc/passwd", "", R"("a/layer.tar")"));
    BOOST_TEST(saved().find("it isn't there") != std::string::npos);
    save("");
    BOOST_TEST(saved().find("it has no images") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(references) {
    const ocikit::test::TempDir dir;
    dir.write("a/oci-layout", "");
    dir.write("b:c/oci-layout", "");
    dir.write("x.tar", "");
    const struct {
        std::string text;
        std::string path;
        std::string tag;
    } cases[] = {
        {"a", "a", ""},
        {"a:v1", "a", "v1"},
        {"a:docker.io/library/alpine:3", "a", "docker.io/library/alpine:3"},
        {"b:c", "b:c", ""},
        {"b:c:v1", "b:c", "v1"},
        {"x.tar:alpine:3", "x.tar", "alpine:3"},
        {"none:v1", "none", "v1"},
        {"none:1/sub", "none:1/sub", ""},
    };
    for (const auto& [text, expected, tag] : cases) {
        const Reference reference = parse_reference(dir.path(text));
        BOOST_TEST(reference.path == dir.path(expected));
        BOOST_TEST(reference.tag == tag);
    }
}
