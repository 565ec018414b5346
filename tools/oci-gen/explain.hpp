// What each option sets, for people who know the specification or want to.
#pragma once

#include <string>

namespace ocikit::gen {

// Each flag with the JSON pointers of the properties that it sets, by group.
std::string flag_explanations();

}  // namespace ocikit::gen
