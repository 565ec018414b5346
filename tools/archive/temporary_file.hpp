// A file for what memory may not hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <ocikit/unique_fd.hpp>

namespace ocikit::archive {

// In $TMPDIR or /tmp, without a name, made when something is written. All throw Error.
class TemporaryFile {
  public:
    void append(std::string_view bytes) { write(bytes, size_); }
    // Anywhere; what was never written is zeros.
    void write(std::string_view bytes, std::uint64_t to);
    // Some of the bytes from there on, at least one; for places below size().
    std::size_t read(char* to, std::size_t size, std::uint64_t from) const;
    std::uint64_t size() const { return size_; }

  private:
    UniqueFd fd_;
    std::uint64_t size_ = 0;
};

}  // namespace ocikit::archive
