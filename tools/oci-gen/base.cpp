#include "oci-gen/base.hpp"

#include <array>
#include <filesystem>

#include <ocikit/bundle.hpp>

#include "oci-gen/json_text.hpp"
#include "oci-gen/profile.hpp"

namespace ocikit::gen {

namespace {

constexpr auto options = std::to_array<cli::Option>({
    {.name = "profile",
     .argument = "PROFILE",
     .help = "start from one of the profiles, which --list-profiles tells about: default, or with --image "
             "docker, if it isn't given"},
    {.name = "template",
     .argument = "FILE",
     .help = "start from a config.json, of which all is kept that no option names; - is standard input"},
});

// Those who make images try them with docker.
const char* default_profile(const cli::Arguments& arguments) {
    return arguments.value("image") ? "docker" : "default";
}

Draft from_template(const cli::Arguments& arguments) {
    const std::string path = template_path(arguments);
    return Draft(load_json(path.empty() ? *arguments.value("template") : path));
}

}  // namespace

std::span<const cli::Option> base_options() {
    return options;
}

Draft make_base(const cli::Arguments& arguments) {
    const auto path = arguments.value("template");
    const auto profile = arguments.value("profile");
    if (path && profile)
        throw cli::UsageError("options '--template' and '--profile' exclude each other");
    return path ? from_template(arguments) : from_profile(profile.value_or(default_profile(arguments)));
}

std::string base_name(const cli::Arguments& arguments) {
    if (const auto image = arguments.value("image"))
        return "image " + *image;
    if (!arguments.value("template"))
        return "profile " + arguments.value_or("profile", "default");
    const std::string path = template_path(arguments);
    return path.empty() ? "standard input" : path;
}

std::string template_path(const cli::Arguments& arguments) {
    const std::string path = arguments.value_or("template", "-");
    std::error_code ignored;  // loading will tell
    if (path == "-")
        return {};
    return std::filesystem::is_directory(path, ignored) ? path + '/' + config_file_name : path;
}

}  // namespace ocikit::gen
