#include "archive/raw_bytes.hpp"

#include <algorithm>
#include <charconv>

namespace ocikit::archive {

namespace {

constexpr std::size_t kept = std::size_t{64} << 10;
constexpr std::size_t tar_block = 512;

std::string_view mtime_of(std::string_view records) {
    constexpr std::string_view key = "mtime=";
    std::string_view value;
    while (!records.empty()) {
        // "30 mtime=1795716579.852309396\n", where 30 is the length of it all
        std::size_t size = 0;
        const auto [end, error] = std::from_chars(records.begin(), records.end(), size);
        const auto begin = static_cast<std::size_t>(end - records.begin()) + 1;
        if (error != std::errc() || size <= begin || size > records.size())
            break;
        const std::string_view record = records.substr(begin, size - begin - 1);
        if (record.starts_with(key))
            value = record.substr(key.size());
        records.remove_prefix(size);
    }
    return value;
}

}  // namespace

void RawBytes::keep_end() {
    if (block_.size() >= kept)
        end_.clear();
    end_ += block_.substr(block_.size() - std::min(kept, block_.size()));
    if (end_.size() > kept)
        end_.erase(0, end_.size() - kept);
    block_ = {};
}

void RawBytes::add(std::string_view block) {
    block_ = block;
    size_ += block.size();
}

std::string RawBytes::from(std::uint64_t position) const {
    const std::uint64_t block_begin = size_ - block_.size();
    if (position >= block_begin)
        return std::string(block_.substr(std::min<std::uint64_t>(position - block_begin, block_.size())));
    const std::uint64_t behind = block_begin - position;
    if (behind > end_.size())
        return {};
    return end_.substr(end_.size() - behind).append(block_);
}

std::string_view mtime_record(std::string_view text) {
    std::string_view value;
    while (text.size() >= tar_block) {
        constexpr std::size_t size_at = 124;
        constexpr std::size_t type_at = 156;
        std::size_t size = 0;
        const std::string_view digits = text.substr(size_at, 11);
        std::from_chars(digits.begin(), digits.end(), size, 8);
        const char type = text[type_at];
        // headers for the header that follows: pax records, and GNU tar's long names
        if (std::string_view("xXgLK").find(type) == std::string_view::npos || size > text.size() - tar_block)
            break;
        if (type == 'x' || type == 'X')
            value = mtime_of(text.substr(tar_block, size));
        text.remove_prefix(std::min(text.size(), tar_block + (size + tar_block - 1) / tar_block * tar_block));
    }
    return value;
}

}  // namespace ocikit::archive
