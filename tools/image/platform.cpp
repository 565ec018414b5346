#include "image/platform.hpp"

#include <sys/utsname.h>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

namespace ocikit::image {

namespace {

// What uname(2) and people call them.
constexpr struct {
    std::string_view name;
    std::string_view architecture;
    std::string_view variant = {};
} names[] = {
    {"x86_64", "amd64"},     {"x86-64", "amd64"},       {"aarch64", "arm64"},
    {"i386", "386"},         {"i486", "386"},           {"i586", "386"},
    {"i686", "386"},         {"armhf", "arm", "v7"},    {"armel", "arm", "v6"},
    {"armv5l", "arm", "v5"}, {"armv5tel", "arm", "v5"}, {"armv6l", "arm", "v6"},
    {"armv7l", "arm", "v7"}, {"armv8l", "arm", "v7"},   {"loongarch64", "loong64"},
    {"mips64", "mips64le"},
};

// The variant that is meant where none is named.
std::string_view usual_variant(std::string_view architecture) {
    return architecture == "arm64"   ? "v8"
           : architecture == "arm"   ? "v7"
           : architecture == "amd64" ? "v1"
                                     : "";
}

std::string_view variant_of(const Platform& platform) {
    return platform.variant.empty() ? usual_variant(platform.architecture) : platform.variant;
}

void translate(Platform& platform) {
    for (const auto& [name, architecture, variant] : names) {
        if (platform.architecture != name)
            continue;
        platform.architecture = architecture;
        if (platform.variant.empty())
            platform.variant = variant;
        return;
    }
}

// v5 to v9, and of amd64 v1 to v4: a processor runs what is for those before it.
int level(std::string_view variant) {
    return variant.size() == 2 && variant[0] == 'v' && variant[1] >= '1' && variant[1] <= '9'
               ? variant[1] - '0'
               : 0;
}

}  // namespace

std::string Platform::text() const {
    return os + '/' + architecture + (variant.empty() ? "" : '/' + variant);
}

Platform parse_platform(std::string_view text) {
    std::vector<std::string> parts;
    for (std::string_view rest = text;;) {
        const std::size_t slash = rest.find('/');
        parts.emplace_back(rest.substr(0, slash));
        if (slash == rest.npos)
            break;
        rest.remove_prefix(slash + 1);
    }
    bool good = parts.size() == 2 || parts.size() == 3;
    for (const std::string& part : parts)
        good = good && !part.empty() &&
               part.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-.") == part.npos;
    if (!good)
        throw Error(quoted(text) +
                    " is no platform, which is written OS/ARCHITECTURE[/VARIANT], such as linux/arm64");
    Platform platform{.os = parts[0], .architecture = parts[1], .variant = parts.size() == 3 ? parts[2] : ""};
    translate(platform);
    return platform;
}

Platform host_platform() {
    utsname name{};
    if (::uname(&name) != 0)
        throw Error::last("find the architecture of", "this machine");
    Platform platform{.os = "linux", .architecture = name.machine};
    translate(platform);
    return platform;
}

int suitability(const Platform& offered, const Platform& wanted) {
    if (offered.os != wanted.os || offered.architecture != wanted.architecture)
        return 0;
    const std::string_view has = variant_of(offered);
    const std::string_view needs = variant_of(wanted);
    constexpr int exact = 100;
    if (has == needs)
        return exact;
    const int older = level(has);
    // arm64's v8 has nothing before it
    return older != 0 && older < level(needs) && wanted.architecture != "arm64" ? older : 0;
}

}  // namespace ocikit::image
