// Versions of the OCI Runtime Specification.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace ocikit {

// The version of the specification which this library implements.
inline constexpr std::string_view spec_version = "1.3.0";
// The oldest one that is accepted.
inline constexpr std::string_view oldest_spec_version = "1.0.0";

// SemVer 2.0.0; build metadata is dropped.
struct Version {
    unsigned major = 0, minor = 0, patch = 0;
    std::string prerelease;

    static std::optional<Version> parse(std::string_view text);
    std::strong_ordering operator<=>(const Version& other) const;  // SemVer 2.0.0 §11
    bool operator==(const Version& other) const = default;
};

// Where versions of the specification demand different things, this says which
// behaviour a bundle gets by its own ociVersion.
struct VersionBehavior {
    bool poststart_failure_is_error;  // runtime.md#lifecycle: a warning before 1.3.0
};
VersionBehavior behavior_of(const Version& version);

}  // namespace ocikit
