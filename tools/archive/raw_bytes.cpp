#include "archive/raw_bytes.hpp"

#include <algorithm>

namespace ocikit::archive {

void RawBytes::keep_from(std::uint64_t position) {
    const std::uint64_t begin = size_ - block_.size();
    if (position >= begin)
        kept_.clear();
    else if (begin - position < kept_.size())
        kept_.erase(0, kept_.size() - static_cast<std::size_t>(begin - position));
    kept_ += block_.substr(std::min<std::uint64_t>(position > begin ? position - begin : 0, block_.size()));
    block_ = {};
}

void RawBytes::add(std::string_view block) {
    block_ = block;
    size_ += block.size();
}

std::string_view RawBytes::from(std::uint64_t position, std::uint64_t size) {
    const std::uint64_t begin = size_ - block_.size();
    if (position < begin) {
        const std::uint64_t behind = begin - position;
        if (behind > kept_.size())
            return {};
        // at the border of two blocks
        joined_.assign(kept_, kept_.size() - static_cast<std::size_t>(behind));
        joined_ += block_.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(size, block_.size())));
        return std::string_view(joined_).substr(0, size);
    }
    return block_.substr(std::min<std::uint64_t>(position - begin, block_.size()), size);
}

}  // namespace ocikit::archive
