#include "oci-pack/image_config.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "image/annotations.hpp"

namespace json = boost::json;

namespace ocikit::pack {

namespace {

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        if (end > begin)
            words.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return words;
}

// Those with a place of their own in an image's config go there, the rest are labels.
void take_annotations(const spec::Config& config, image::ImageConfig& image) {
    namespace key = image::annotation;
    const auto take = [&](const char* name, std::string& to) {
        const auto found = image.labels.find(name);
        if (found == image.labels.end() || found->second.empty())
            return;
        to = found->second;
        image.labels.erase(found);
    };
    image.labels = config.annotations;
    const std::pair<const char*, std::string*> places[] = {
        {key::os, &image.platform.os},
        {key::architecture, &image.platform.architecture},
        {key::variant, &image.platform.variant},
        {key::os_version, &image.platform.os_version},
        {key::author, &image.author},
        {key::created, &image.created},
        {key::stop_signal, &image.stop_signal},
    };
    for (const auto& [name, to] : places)
        take(name, *to);
    std::string words;
    take(key::os_features, words);
    image.platform.os_features = split(words);
    words.clear();
    take(key::exposed_ports, words);
    image.exposed_ports = split(words);
}

bool is_volume(const spec::Mount& mount) {
    return mount.type == "tmpfs" &&
           std::find(mount.options.begin(), mount.options.end(), "tmpcopyup") != mount.options.end();
}

void add_text(json::object& to, const char* key, const std::string& text) {
    if (!text.empty())
        to[key] = text;
}

void add_array(json::object& to, const char* key, const std::vector<std::string>& words) {
    if (!words.empty())
        to[key] = json::array(words.begin(), words.end());
}

// As a set: names with empty objects.
void add_set(json::object& to, const char* key, const std::vector<std::string>& names) {
    json::object set;
    for (const std::string& name : names)
        set[name] = json::object();
    if (!set.empty())
        to[key] = std::move(set);
}

json::object inner_value(const image::ImageConfig& config) {
    json::object value;
    add_text(value, "User", config.user);
    add_set(value, "ExposedPorts", config.exposed_ports);
    add_array(value, "Env", config.env);
    add_array(value, "Cmd", config.command);
    add_set(value, "Volumes", config.volumes);
    add_text(value, "WorkingDir", config.working_directory);
    json::object labels;
    for (const auto& [name, text] : config.labels)
        labels[name] = text;
    if (!labels.empty())
        value["Labels"] = std::move(labels);
    add_text(value, "StopSignal", config.stop_signal);
    return value;
}

}  // namespace

image::ImageConfig image_config_of(const spec::Config& config, const image::Platform& platform) {
    image::ImageConfig image{.platform = platform};
    take_annotations(config, image);
    for (const spec::Mount& mount : config.mounts)
        if (is_volume(mount))
            image.volumes.push_back(mount.destination);
    if (!config.process)
        return image;
    const spec::Process& process = *config.process;
    image.env = process.env;
    image.command = process.args;
    image.working_directory = process.cwd;
    const std::uint32_t uid = process.user ? process.user->uid.value_or(0) : 0;
    const std::uint32_t gid = process.user ? process.user->gid.value_or(0) : 0;
    if (uid != 0 || gid != 0)
        image.user = std::to_string(uid) + ':' + std::to_string(gid);
    return image;
}

std::string image_config_text(const image::ImageConfig& config) {
    json::object value;
    add_text(value, "created", config.created);
    add_text(value, "author", config.author);
    add_text(value, "architecture", config.platform.architecture);
    add_text(value, "variant", config.platform.variant);
    add_text(value, "os", config.platform.os);
    add_text(value, "os.version", config.platform.os_version);
    add_array(value, "os.features", config.platform.os_features);
    value["config"] = inner_value(config);
    json::array diff_ids;
    for (const image::Digest& digest : config.diff_ids)
        diff_ids.emplace_back(digest.text());
    value["rootfs"] = {{"type", "layers"}, {"diff_ids", std::move(diff_ids)}};
    json::object step;
    add_text(step, "created", config.created);
    step["created_by"] = "oci-pack to-image";
    value["history"] = json::array{std::move(step)};
    return json::serialize(value);
}

}  // namespace ocikit::pack
