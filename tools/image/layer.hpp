// A layer of an image, done to the files of those below it (layer.md).
#pragma once

#include <set>
#include <string>

#include "archive/entry.hpp"
#include "archive/reader.hpp"
#include "archive/unpack.hpp"

namespace ocikit::image {

class LayerUnpacker {
  public:
    // lowest: there are no files yet, so that nothing can be replaced or taken away.
    LayerUnpacker(archive::Unpacker& unpacker, bool lowest) : unpacker_(unpacker), lowest_(lowest) {}

    // Throws Error. A file that is there already is replaced, a directory keeps its content
    // and gets what the entry says; whiteouts take away what lower layers have made.
    void add(const archive::Entry& entry, archive::Reader& content);

  private:
    void make_room(const std::string& path);
    void whiteout(const std::string& folder, const std::string& name);
    void hide_below(const std::string& folder);
    void hide(const std::string& path);
    bool is_new(const std::string& path) const;
    bool has_new_below(const std::string& path) const;

    archive::Unpacker& unpacker_;
    bool lowest_;
    std::set<std::string> added_;  // by this layer
};

}  // namespace ocikit::image
