// The profiles: configs to start from, which are data files compiled in (profiles/).
#pragma once

#include <span>
#include <string_view>

#include "oci-gen/draft.hpp"

namespace ocikit::gen {

struct ProfileText {
    std::string_view name;
    std::string_view text;
};

// All files of profiles/, by name.
std::span<const ProfileText> profile_texts();

// Throws cli::UsageError if there is no such profile.
Draft from_profile(std::string_view name);

}  // namespace ocikit::gen
