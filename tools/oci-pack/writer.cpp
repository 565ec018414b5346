#include "oci-pack/writer.hpp"

#include "oci-pack/tar_header.hpp"

namespace ocikit::pack {

namespace {

constexpr std::size_t block = 512;

}  // namespace

void Writer::begin(const archive::Entry& entry) {
    header_.assign(padding_, '\0');
    append_header(entry, header_);
    out_.write(header_);
    padding_ = static_cast<std::size_t>(-content_size(entry) % block);
}

// POSIX: two blocks of zeros.
void Writer::finish() {
    out_.write(std::string(padding_ + 2 * block, '\0'));
}

}  // namespace ocikit::pack
