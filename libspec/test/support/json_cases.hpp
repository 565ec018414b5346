// Cases in JSON: a file of them, and a configuration with a patch.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>

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

}  // namespace ocikit::test
