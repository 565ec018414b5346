// Adds an image to an OCI image layout.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ocikit/unique_fd.hpp>

#include "archive/new_file.hpp"
#include "image/documents.hpp"

namespace ocikit::pack {

// The directory is made if there is none. Blobs get their names when they are complete, and
// the index names the image last: before commit the layout is as it was, and without it all
// that was made is removed.
class LayoutWriter {
  public:
    // Throws Error if it is there and neither empty nor a layout.
    explicit LayoutWriter(const std::string& path);
    ~LayoutWriter();
    LayoutWriter(const LayoutWriter&) = delete;
    LayoutWriter& operator=(const LayoutWriter&) = delete;

    // If a file or directory is in the layout (st_dev, st_ino).
    bool is(dev_t device, ino_t inode) const { return device == device_ && inode == inode_; }

    // A blob in pieces: write, and end_blob with its digest. All throw Error.
    void begin_blob();
    void write(std::string_view bytes);
    image::Descriptor end_blob(std::string_view media_type, const image::Digest& digest);
    // A blob at once.
    image::Descriptor add_blob(std::string_view media_type, std::string_view bytes);

    // The tag becomes the manifest's, and no other's.
    void commit(const image::Descriptor& manifest, const std::string& tag);

  private:
    void open();
    void make_files();
    void make_directory(const char* name);
    void name_blob(const std::string& name);
    void replace_file(const std::string& name, std::string_view text);
    void remove_made() noexcept;
    bool is_changed() const noexcept;

    std::string path_;
    UniqueFd directory_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
    bool made_ = false;               // the directory itself
    std::vector<std::string> added_;  // in it, in the order in which they were made
    std::string index_before_;        // empty: there was none
    std::optional<archive::NewFile> blob_;
    std::uint64_t size_ = 0;  // of the blob so far
};

}  // namespace ocikit::pack
