// config.json's mounts → steps.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ocikit/config.hpp>

#include "plan/init_plan.hpp"

namespace ocikit::run {

// Throws Error, with the pointer of the property, for a mount that can't be made.
// warnings: of what is deprecated.
std::vector<MountStep> plan_mounts(const spec::Config& config, const std::string& bundle,
                                   std::vector<std::string>& warnings);

// The step as messages name it.
std::string describe(const MountStep& step);

// mount_options.cpp
struct OptionPlace {
    std::string pointer;  // of the option
    MountStep::Kind kind = MountStep::Kind::filesystem;
    const spec::Config& config;
};
void add_option(MountStep& step, const std::string& text, const OptionPlace& place);

// mapping_option.cpp: idmap and ridmap with a mapping of their own, `idmap=uids=0-1000-10;gids=@0-0-10`.
bool is_mapping_option(std::string_view text);
void add_mapping_option(MountStep& step, const std::string& text, const OptionPlace& place);

}  // namespace ocikit::run
