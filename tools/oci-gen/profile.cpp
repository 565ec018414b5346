#include "oci-gen/profile.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>

#include <ocikit/text.hpp>

#include "common/command_line.hpp"
#include "oci-gen/patch.hpp"
#include "oci-gen/seccomp_policy.hpp"
#include "oci-gen/steps.hpp"

namespace json = boost::json;

namespace ocikit::gen {

namespace {

json::object parsed(std::string_view text) {
    return json::parse({text.data(), text.size()}).as_object();
}

// The other files are what profiles refer to.
bool is_profile(const json::object& file) {
    return file.contains("summary");
}

cli::UsageError unknown(std::string_view name) {
    std::vector<std::string> names;
    for (const ProfileText& profile : profile_texts())
        if (is_profile(parsed(profile.text)))
            names.emplace_back(profile.name);
    return cli::UsageError("option '--profile': there is no profile " + quoted(name) + ", expected " +
                           one_of(names));
}

// Its own config, or that of another with changes (RFC 7396).
json::value config_of(const json::object& profile) {
    const json::value* parent = profile.if_contains("from");
    if (!parent)
        return profile.at("config");
    const std::string_view name = parent->as_string();
    json::value config = config_of(parsed(profile_text(name)));
    if (const json::value* changes = profile.if_contains("config"))
        apply_merge_patch(config, *changes);
    return config;
}

}  // namespace

std::string_view profile_text(std::string_view name) {
    const auto all = profile_texts();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const ProfileText& profile) { return profile.name == name; });
    return found == all.end() ? std::string_view() : found->text;
}

std::string profile_list() {
    constexpr std::size_t column = 12;
    std::string list;
    for (const ProfileText& profile : profile_texts()) {
        const json::object file = parsed(profile.text);
        if (!is_profile(file))
            continue;
        std::string line(profile.name);
        line.resize(column, ' ');
        list += line + std::string(file.at("summary").as_string()) + '\n';
    }
    return list;
}

Draft from_profile(std::string_view name) {
    const std::string_view text = profile_text(name);
    const json::object profile = text.empty() ? json::object() : parsed(text);
    if (!is_profile(profile))
        throw unknown(name);
    Draft draft(config_of(profile));
    if (profile.contains("seccomp"))
        draft.beside.seccomp = default_seccomp_policy();
    if (draft.beside.seccomp)
        draft.change([&](spec::Config& config) {
            config.linux->seccomp = resolve_seccomp(*draft.beside.seccomp, *config.process);
        });
    if (const json::value* flags = profile.if_contains("flags")) {
        cli::Arguments arguments;
        for (const json::value& flag : flags->as_array())
            arguments.given.push_back({std::string(flag.as_string()), "true"});
        apply_command_line(draft, arguments, {});
    }
    return draft;
}

}  // namespace ocikit::gen
