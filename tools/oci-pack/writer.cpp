#include "oci-pack/writer.hpp"

#include "oci-pack/tar_header.hpp"

namespace ocikit::pack {

namespace {

constexpr std::size_t block = 512;
constexpr std::size_t buffer_size = std::size_t{64} << 10;

}  // namespace

void Writer::begin(const archive::Entry& entry) {
    end_entry();
    append_header(entry, buffer_);
    padding_ = static_cast<std::size_t>(-content_size(entry) % block);
    if (buffer_.size() >= buffer_size)
        flush();
}

void Writer::write(std::string_view bytes) {
    if (buffer_.size() + bytes.size() >= buffer_size)
        flush();
    if (bytes.size() >= buffer_size)
        sink_(bytes);
    else
        buffer_ += bytes;
}

// POSIX: two blocks of zeros.
void Writer::finish() {
    end_entry();
    buffer_.append(2 * block, '\0');
    flush();
}

void Writer::end_entry() {
    buffer_.append(padding_, '\0');
    padding_ = 0;
}

void Writer::flush() {
    sink_(buffer_);
    buffer_.clear();
}

}  // namespace ocikit::pack
