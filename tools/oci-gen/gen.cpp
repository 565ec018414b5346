#include "oci-gen/gen.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <ocikit/bundle.hpp>
#include <ocikit/decode.hpp>
#include <ocikit/encode.hpp>
#include <ocikit/error.hpp>
#include <ocikit/schema.hpp>

#include "common/output.hpp"
#include "oci-gen/default_config.hpp"
#include "oci-gen/output_file.hpp"
#include "oci-gen/user.hpp"

namespace ocikit::gen {

namespace {

void set_variable(std::vector<std::string>& env, const std::string& option) {
    std::string variable = option;
    const std::string key = option.substr(0, option.find('='));
    if (key.empty())
        throw cli::UsageError("option '--env': '" + option + "' has no name before the =");
    if (key == option) {
        const char* value = std::getenv(key.c_str());
        if (!value)
            return;  // as with docker: there is nothing to pass on
        variable += '=' + std::string(value);
    }
    const auto known = std::find_if(env.begin(), env.end(), [&key](const std::string& present) {
        return present.starts_with(key + '=');
    });
    if (known != env.end())
        *known = variable;
    else
        env.push_back(variable);
}

std::vector<std::string> program(const cli::Arguments& arguments) {
    std::vector<std::string> args = arguments.values("arg");
    args.insert(args.end(), arguments.positionals.begin(), arguments.positionals.end());
    return args;
}

std::string absolute_directory(const std::string& path) {
    if (!path.starts_with('/'))
        throw cli::UsageError("option '--cwd': '" + path + "' is not absolute, it must begin with /");
    return path;
}

std::string host_name(const std::string& name) {
    constexpr std::size_t most = 64;  // sethostname(2)
    if (name.size() > most)
        throw cli::UsageError("option '--hostname': '" + name + "' is longer than 64 bytes");
    return name;
}

std::string root_directory(const std::string& path) {
    if (path.empty())
        throw cli::UsageError("option '--rootfs': the path is empty");
    return path;
}

// Where the config goes; empty: standard output.
std::string output_path(const cli::Arguments& arguments) {
    const std::optional<std::string> path = arguments.value("output");
    if (!path)
        return {};
    if (path->empty())
        throw cli::UsageError("option '--output': the path is empty");
    std::error_code ignored;  // writing will tell
    return std::filesystem::is_directory(*path, ignored) ? *path + '/' + config_file_name : *path;
}

std::string bundle_of(const std::string& output) {
    const std::filesystem::path directory = std::filesystem::path(output).parent_path();
    return (directory.empty() ? std::filesystem::current_path() : directory).string();
}

}  // namespace

spec::Config make_config(const cli::Arguments& arguments, const std::string& bundle) {
    spec::Config config = default_config();
    spec::Process& process = *config.process;
    if (const auto rootfs = arguments.value("rootfs"))
        config.root->path = root_directory(*rootfs);
    if (const auto args = program(arguments); !args.empty())
        process.args = args;
    for (const std::string& variable : arguments.values("env"))
        set_variable(process.env, variable);
    if (const auto cwd = arguments.value("cwd"))
        process.cwd = absolute_directory(*cwd);
    if (const auto user = arguments.value("user"))
        process.user = parse_user(*user, root_path(bundle, *config.root));
    if (const auto hostname = arguments.value("hostname"))
        config.hostname = host_name(*hostname);
    process.terminal = arguments.flag("terminal");
    return config;
}

std::string checked_text(const spec::Config& config) {
    std::string text = to_text(encode(config));
    const Document document = Document::parse(text, config_file_name);
    Diagnostics found = document.diagnostics();
    if (document.has_value()) {
        validate_schema(document, DocumentType::config, found);
        decode_config(document, found);
    }
    if (!found.empty()) {
        const std::string at =
            found[0].pointer.empty() ? "line " + std::to_string(found[0].position.line) : found[0].pointer;
        throw Error("the result would not be valid: " + at + ": " + found[0].message);
    }
    return text;
}

int run(const cli::Arguments& arguments) {
    const std::string output = output_path(arguments);
    const std::string text = checked_text(make_config(arguments, bundle_of(output)));
    if (output.empty())
        cli::print(text);
    else
        write_file(output, text, arguments.flag("force"));
    return EXIT_SUCCESS;
}

}  // namespace ocikit::gen
