// Writes entries as a tar archive (POSIX pax format).
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "archive/entry.hpp"

struct archive;

namespace ocikit::pack {

// The bytes of the archive depend on the entries and their content alone. An
// entry is a plain ustar header where that can hold it; pax records come before
// it only for what doesn't fit: nanoseconds of its time, extended attributes,
// long and non-ASCII names, large ids and sizes.
class Writer {
  public:
    using Sink = std::function<void(std::string_view bytes)>;

    // What the sink throws is thrown by the function that wrote.
    explicit Writer(Sink sink);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // Begins an entry; a regular file's content of exactly entry.size bytes follows,
    // zeros where it has no data (see Entry::extents).
    void begin(const archive::Entry& entry);
    void write(std::string_view bytes);
    // Ends the archive. Without it there is none, only its beginning.
    void finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ocikit::pack
