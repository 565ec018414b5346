// Users as they are named on the command line.
#pragma once

#include <string>
#include <string_view>

#include <ocikit/config.hpp>

namespace ocikit::gen {

// USER[:GROUP], as docker and podman understand it. Names are looked up in etc/passwd and
// etc/group below rootfs, which no symbolic link in it leads out of; so is the entry of a
// number, if there is one. Without a group it is the user's, or 0, and the groups that the
// user is a member of are added. Throws cli::UsageError, and Error if a file that is needed
// can't be read.
spec::User parse_user(std::string_view text, const std::string& rootfs);
// The same for a user whom no option names; throws Error alone. The groups are those that
// the user is a member of; parse_user adds the own one.
spec::User find_user(std::string_view text, const std::string& rootfs);

// A number rather than a name.
bool is_id(std::string_view text);

// The GROUP of an option, a number or a name in etc/group.
std::uint32_t parse_group(std::string_view option, std::string_view text, const std::string& rootfs);

}  // namespace ocikit::gen
