// The words with which -v, --mount and --tmpfs say how something is mounted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oci-gen/flag.hpp"

namespace ocikit::gen {

// Puts a mount where it belongs: in the place of one with the same destination, else before
// those below it. Throws cli::UsageError if a flag has mounted something there already.
void place_mount(FlagContext& context, std::string_view option, spec::Mount mount);

// An absolute path in the container, in its shortest form.
std::string mount_destination(std::string_view option, const std::string& path);

// A bind mount with the words in force: ro, noexec, rshared, bind, idmap=…, z, …
spec::Mount bind_mount(std::string_view option, const std::string& source, const std::string& destination,
                       const std::vector<std::string>& words);

// A tmpfs with them: size=64m, mode=1777, ro, exec, notmpcopyup, …
spec::Mount tmpfs_mount(std::string_view option, const std::string& destination,
                        const std::vector<std::string>& words);

}  // namespace ocikit::gen
