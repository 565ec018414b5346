// Users as they are named on the command line.
#pragma once

#include <string>
#include <string_view>

#include <ocikit/config.hpp>

namespace ocikit::gen {

// USER[:GROUP]. Numbers are taken as they are; names are looked up in etc/passwd
// and etc/group below rootfs, which no symbolic link in it leads out of. The group
// is the user's if it is given by name, else 0. Throws cli::UsageError, and Error
// if one of the files can't be read.
spec::User parse_user(std::string_view text, const std::string& rootfs);

}  // namespace ocikit::gen
