// The documents of an image: indexes, manifests and configs (image-spec).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "image/digest.hpp"
#include "image/platform.hpp"

namespace ocikit::image {

// descriptor.md
struct Descriptor {
    std::string media_type;
    Digest digest;
    std::uint64_t size = 0;
    std::optional<Platform> platform = {};
    std::map<std::string, std::string> annotations = {};
    std::vector<std::string> urls = {};
};

struct Index {
    std::vector<Descriptor> manifests;
};

struct Manifest {
    Descriptor config;
    std::vector<Descriptor> layers;
};

// config.md
struct ImageConfig {
    Platform platform;
    std::string created = {};
    std::string author = {};
    std::vector<Digest> diff_ids = {};

    std::string user = {};
    std::vector<std::string> env = {};
    std::vector<std::string> entrypoint = {};
    std::vector<std::string> command = {};
    std::string working_directory = {};
    std::string stop_signal = {};
    std::vector<std::string> exposed_ports = {};
    std::vector<std::string> volumes = {};
    std::map<std::string, std::string> labels = {};
};

// The annotation which names a manifest in the index of a layout.
inline constexpr const char* ref_name = "org.opencontainers.image.ref.name";

// All throw Error, which begins with the name. media_type is what the descriptor says, empty
// for index.json: the document must not say otherwise, nor look like another kind
// (CVE-2021-41190).
Index parse_index(std::string text, const std::string& name, const std::string& media_type);
Manifest parse_manifest(std::string text, const std::string& name, const std::string& media_type);
ImageConfig parse_config(std::string text, const std::string& name);

}  // namespace ocikit::image
