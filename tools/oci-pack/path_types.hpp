// The types of the files at many paths, in little memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace ocikit::pack {

// Keeps no path, but half of its SHA-256, so that an archive can't bring about that two
// paths are taken for one: some 25 to 50 bytes for each, however long it is.
class PathTypes {
  public:
    // Nothing if the path isn't there.
    std::optional<mode_t> find(std::string_view path) const;
    // Adds the path with that type (of st_mode, or 0); false if it is there, and stays as it is.
    bool add(std::string_view path, mode_t type);
    // Of a path that is there.
    void set(std::string_view path, mode_t type);

  private:
    using Key = std::array<std::uint64_t, 2>;
    // open addressing; no key is zero
    struct Table {
        std::vector<Key> keys;
        std::vector<std::uint8_t> types;
        std::size_t used = 0;

        std::size_t place(const Key& key) const;
        void grow();
    };

    static Key key_of(std::string_view path);

    // many, as one takes twice its memory while it grows
    static constexpr std::size_t count = 64;
    std::array<Table, count> tables_;
};

}  // namespace ocikit::pack
