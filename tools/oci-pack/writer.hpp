// Writes entries as a tar archive (POSIX pax format).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "archive/block_pipe.hpp"
#include "archive/entry.hpp"
#include "oci-pack/content.hpp"

namespace ocikit::pack {

// The bytes of the archive depend on the entries and their content alone; tar_header.hpp
// has what an entry becomes.
class Writer : public ContentSink {
  public:
    explicit Writer(archive::BlockPipe& out) : out_(out) {}

    // All throw what the pipe throws.

    // Begins an entry; a regular file's content follows: exactly entry.size bytes, or only
    // those in its extents. Throws Error.
    void begin(const archive::Entry& entry);
    std::span<char> room() override { return out_.room(); }
    void filled(std::size_t size) override { out_.filled(size); }
    void write(std::string_view bytes) { out_.write(bytes); }
    // Ends the archive. Without it there is none, only its beginning.
    void finish();

  private:
    archive::BlockPipe& out_;
    std::string header_;
    std::size_t padding_ = 0;  // behind the content of the entry
};

}  // namespace ocikit::pack
