// OCI image layouts made by a test.
#pragma once

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <ocikit/error.hpp>

#include "archive/test/raw_tar.hpp"
#include "image/digest.hpp"
#include "support/temp_dir.hpp"

namespace ocikit::image::test {

using archive::test::RawTar;

inline std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct SampleLayer {
    std::string tar;
    std::string compress = "";  // the program that does it
    std::string media_type = "application/vnd.oci.image.layer.v1.tar";
};

// A layout in a temporary directory. Its images are for linux/amd64 if nothing else is said.
class SampleLayout {
  public:
    SampleLayout() { write("oci-layout", R"({"imageLayoutVersion": "1.0.0"})"); }

    std::string path() const { return dir_.path("layout"); }
    std::string path(const std::string& name) const { return dir_.path(name); }
    const ocikit::test::TempDir& dir() const { return dir_; }
    void write(const std::string& name, const std::string& text) const { dir_.write("layout/" + name, text); }

    // Returns the members of its descriptor without a media type.
    std::string blob(const std::string& bytes) const {
        const Digest digest = digest_of(bytes);
        write(digest.path(), bytes);
        return R"("digest": ")" + digest.text() + R"(", "size": )" + std::to_string(bytes.size());
    }

    std::string compressed(const SampleLayer& layer) const {
        if (layer.compress.empty())
            return layer.tar;
        const std::string file = dir_.write("layer", layer.tar);
        const std::string command = layer.compress + " <" + file + " >" + file + ".out";
        if (std::system(command.c_str()) != 0)
            throw Error(layer.compress + " failed");
        return read_file(file + ".out");
    }

    std::string config_text(const std::vector<SampleLayer>& layers, const std::string& config,
                            const std::string& platform) const {
        std::string text = "{" + platform + R"(, "rootfs": {"type": "layers", "diff_ids": [)";
        for (const SampleLayer& layer : layers)
            text += (&layer == &layers.front() ? "\"" : ", \"") + digest_of(layer.tar).text() + '"';
        return text + R"(]}, "config": )" + config + "}";
    }

    // Writes an image's blobs and returns its descriptor; more are further members of it.
    std::string image(const std::vector<SampleLayer>& layers, const std::string& config = "{}",
                      const std::string& more = "", const std::string& platform = linux_amd64) const {
        std::string manifest =
            R"({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", )" +
            blob(config_text(layers, config, platform)) + R"(}, "layers": [)";
        for (const SampleLayer& layer : layers)
            manifest += (&layer == &layers.front() ? "" : ", ") + std::string(R"({"mediaType": ")") +
                        layer.media_type + "\", " + blob(compressed(layer)) + "}";
        return descriptor("application/vnd.oci.image.manifest.v1+json", manifest + "]}", more);
    }

    std::string descriptor(const std::string& media_type, const std::string& bytes,
                           const std::string& more = "") const {
        return R"({"mediaType": ")" + media_type + "\", " + blob(bytes) + (more.empty() ? "" : ", " + more) +
               "}";
    }

    static std::string index_of(const std::string& descriptors) {
        return R"({"schemaVersion": 2, "manifests": [)" + descriptors + "]}";
    }
    void index(const std::string& descriptors) const { write("index.json", index_of(descriptors)); }

    static std::string tagged(const std::string& tag) {
        return R"("annotations": {"org.opencontainers.image.ref.name": ")" + tag + R"("})";
    }

    static constexpr const char* linux_amd64 = R"("os": "linux", "architecture": "amd64")";

  private:
    ocikit::test::TempDir dir_;
};

}  // namespace ocikit::image::test
