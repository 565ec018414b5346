#include "oci-gen/profile.hpp"

#include <boost/json/parse.hpp>

#include <ocikit/text.hpp>

#include "common/command_line.hpp"

namespace json = boost::json;

namespace ocikit::gen {

namespace {

std::string_view text_of(std::string_view name) {
    std::vector<std::string> names;
    for (const ProfileText& profile : profile_texts()) {
        if (profile.name == name)
            return profile.text;
        names.emplace_back(profile.name);
    }
    throw cli::UsageError("option '--profile': there is no profile " + quoted(name) + ", expected " +
                          one_of(names));
}

}  // namespace

Draft from_profile(std::string_view name) {
    const json::value profile = json::parse({text_of(name).data(), text_of(name).size()});
    return Draft(profile.at("config"));
}

}  // namespace ocikit::gen
