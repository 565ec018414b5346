#include "oci-gen/base.hpp"

#include <array>
#include <filesystem>
#include <unistd.h>

#include <ocikit/bundle.hpp>
#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

#include "oci-gen/profile.hpp"

namespace ocikit::gen {

namespace {

constexpr auto options = std::to_array<cli::Option>({
    {.name = "profile",
     .argument = "PROFILE",
     .help = "start from one of the profiles, which --list-profiles tells about; default by default"},
    {.name = "template",
     .argument = "FILE",
     .help = "start from a config.json, of which all is kept that no option names; - is standard input"},
});

Document load(const std::string& path) {
    if (path == "-")
        return Document::load(STDIN_FILENO, "standard input");
    std::error_code ignored;  // loading will tell
    return Document::load(std::filesystem::is_directory(path, ignored) ? path + '/' + config_file_name
                                                                       : path);
}

Draft from_template(const std::string& path) {
    const Document document = load(path);
    for (const Diagnostic& finding : document.diagnostics())
        throw Error(document.name() + ": line " + std::to_string(finding.position.line) + ": " +
                    finding.message);
    return Draft(document.value());
}

}  // namespace

std::span<const cli::Option> base_options() {
    return options;
}

Draft make_base(const cli::Arguments& arguments, const std::string&) {
    const auto path = arguments.value("template");
    const auto profile = arguments.value("profile");
    if (path && profile)
        throw cli::UsageError("options '--template' and '--profile' exclude each other");
    return path ? from_template(*path) : from_profile(profile.value_or("default"));
}

}  // namespace ocikit::gen
