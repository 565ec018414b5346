// A root filesystem as the container will see it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ocikit/unique_fd.hpp>

namespace ocikit {

class RootTree {
  public:
    // mounts: clean paths (values.hpp) at which the container gets something else.
    // Throws Error if root can't be opened.
    RootTree(const std::string& root, std::vector<std::string> mounts);

    // unknown: something is mounted there, or it can't be looked into (no permission).
    enum class Kind { missing, unknown, file, directory, other };
    struct Found {
        Kind kind = Kind::missing;
        std::string path;   // clean, without symbolic links; of what is missing the part that was looked for
        unsigned mode = 0;  // permissions
        UniqueFd fd = {};   // O_PATH, unless it is missing or unknown
        bool climbs = false;   // a symbolic link on the way goes up further than the root
        bool blocked = false;  // missing, since `path` is no directory
    };

    // Looks up a path that counts from the root; every symbolic link is followed inside of it.
    Found find(std::string_view path) const;
    // The first bytes of what was found; nothing if it can't be read.
    static std::optional<std::string> head(const Found& file, std::size_t size);

    // Whether a directory has nothing in it; false if that can't be told.
    static bool is_empty(const std::string& root);

  private:
    bool is_mounted(const std::string& path) const;

    UniqueFd root_;
    std::vector<std::string> mounts_;
};

}  // namespace ocikit
