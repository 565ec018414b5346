// How a plan says no: always with the property's pointer.
#pragma once

#include <string>

#include <ocikit/error.hpp>

namespace ocikit::run {

[[noreturn]] inline void refuse(const std::string& pointer, const std::string& reason,
                                std::string hint = {}) {
    throw Error({.object = "config.json: " + pointer, .reason = reason, .hint = std::move(hint)});
}

}  // namespace ocikit::run
