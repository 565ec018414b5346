// Cases in JSON: a file of them, and a configuration with a patch.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include <boost/json.hpp>

namespace ocikit::test {

inline boost::json::value read(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return boost::json::parse(text.str());
}

// RFC 7396
inline void merge(boost::json::value& target, const boost::json::value& patch) {
    if (!patch.is_object()) {
        target = patch;
        return;
    }
    if (!target.is_object())
        target = boost::json::object{};
    for (const auto& member : patch.get_object()) {
        if (member.value().is_null())
            target.get_object().erase(member.key());
        else
            merge(target.get_object()[member.key()], member.value());
    }
}

// A case that names the namespaces or mounts it is about replaces the whole list: what it
// lacks then is no matter, and neither is what is risky, unless the case is about that.
inline bool is_side_effect(std::string_view rule, std::string_view expected) {
    return (rule == "mounts/default-filesystems" || rule == "namespaces/shared" ||
            rule == "devices/not-allowed" || rule == "mounts/option-conflict" ||
            rule.starts_with("security/")) &&
           rule != expected;
}

}  // namespace ocikit::test
