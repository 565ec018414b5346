// What a config starts from: a profile, a template or an image.
#pragma once

#include <span>
#include <string>

#include "common/command_line.hpp"
#include "oci-gen/draft.hpp"

namespace ocikit::gen {

// The options that choose it.
std::span<const cli::Option> base_options();

// The profile or template; an image is applied to it (image_base.hpp). Throws
// cli::UsageError, and Error.
Draft make_base(const cli::Arguments& arguments);

// What it is called in messages.
std::string base_name(const cli::Arguments& arguments);
// The template's config.json; empty if there is none, or it comes from standard input.
std::string template_path(const cli::Arguments& arguments);

}  // namespace ocikit::gen
