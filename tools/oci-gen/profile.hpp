// The profiles: configs to start from, which are data files compiled in (profiles/).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "oci-gen/draft.hpp"

namespace ocikit::gen {

struct ProfileText {
    std::string_view name;
    std::string_view text;
};

// All files of profiles/, in the order in which they are told about.
std::span<const ProfileText> profile_texts();
// That of a name; empty if there is none.
std::string_view profile_text(std::string_view name);

// A line for each profile: its name and what it is.
std::string profile_list();

// Throws cli::UsageError if there is no such profile.
Draft from_profile(std::string_view name);

}  // namespace ocikit::gen
