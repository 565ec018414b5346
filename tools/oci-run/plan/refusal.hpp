// How a plan says no: always with the property's pointer.
#pragma once

#include <filesystem>
#include <string>

#include <ocikit/error.hpp>

namespace ocikit::run {

[[noreturn]] inline void refuse(const std::string& pointer, const std::string& reason,
                                std::string hint = {}) {
    throw Error({.object = "config.json: " + pointer, .reason = reason, .hint = std::move(hint)});
}

// Nothing can be mounted onto the root itself: pivot_root(2) would leave it behind.
inline void refuse_root_directory(const std::string& path, const std::string& pointer) {
    const auto normal = std::filesystem::path("/" + path).lexically_normal();
    if (normal.relative_path().empty())
        refuse(pointer, "\"" + path + "\" is the container's root directory itself");
}

}  // namespace ocikit::run
