// SELinux labels.
#pragma once

#include <string>

#include "oci-gen/flag.hpp"

namespace ocikit::gen {

// --security-opt label=…: disable, or one field of the labels as NAME:VALUE.
void set_label(FlagContext& context, const std::string& value);
void remove_labels(FlagContext& context);

}  // namespace ocikit::gen
