// Writes entries as a tar archive (POSIX pax format).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "archive/entry.hpp"

namespace ocikit::pack {

// The bytes of the archive depend on the entries and their content alone; tar_header.hpp
// has what an entry becomes.
class Writer {
  public:
    using Sink = std::function<void(std::string_view bytes)>;

    explicit Writer(Sink sink) : sink_(std::move(sink)) {}

    // All throw what the sink throws.

    // Begins an entry; a regular file's content follows: exactly entry.size bytes, or only
    // those in its extents. Throws Error.
    void begin(const archive::Entry& entry);
    void write(std::string_view bytes);
    // Ends the archive. Without it there is none, only its beginning.
    void finish();

  private:
    void end_entry();
    void flush();

    Sink sink_;
    std::string buffer_;
    std::size_t padding_ = 0;  // behind the content of the entry
};

}  // namespace ocikit::pack
