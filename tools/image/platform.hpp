// What an image is for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ocikit::image {

// In the words of Go's GOOS and GOARCH, as image-index.md has them.
struct Platform {
    std::string os;
    std::string architecture;
    std::string variant = {};
    std::string os_version = {};
    std::vector<std::string> os_features = {};

    // os/architecture[/variant]
    std::string text() const;
    bool operator==(const Platform&) const = default;
};

// OS/ARCH[/VARIANT]; also x86_64, aarch64 and the like. Throws Error.
Platform parse_platform(std::string_view text);

Platform host_platform();

// How well something for `offered` runs on `wanted`: 0 not at all, more is better.
int suitability(const Platform& offered, const Platform& wanted);

}  // namespace ocikit::image
