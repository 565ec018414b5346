#include "oci-pack/content_digest.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ocikit::pack {

namespace {

constexpr std::size_t block_size = 4096;

bool is_zero(std::string_view block) {
    return block.front() == '\0' && std::memcmp(block.data(), block.data() + 1, block.size() - 1) == 0;
}

std::string number_text(std::uint64_t number) {
    return std::to_string(number) + ' ';
}

}  // namespace

void ContentDigest::add(std::string_view bytes) {
    while (!bytes.empty()) {
        std::size_t size = bytes.size() / block_size * block_size;
        if (partial_.empty() && size > 0) {
            add_blocks(bytes.substr(0, size));
        } else {
            size = std::min(block_size - partial_.size(), bytes.size());
            partial_ += bytes.substr(0, size);
        }
        if (partial_.size() == block_size) {
            add_blocks(partial_);
            partial_.clear();
        }
        bytes.remove_prefix(size);
    }
}

void ContentDigest::skip(std::uint64_t zeros) {
    static constexpr char none[block_size] = {};
    if (!partial_.empty()) {
        const std::size_t size = std::min<std::uint64_t>(block_size - partial_.size(), zeros);
        add({none, size});
        zeros -= size;
    }
    block_ += zeros / block_size;
    add({none, static_cast<std::size_t>(zeros % block_size)});
}

// Whole ones, or the end of the file.
void ContentDigest::add_blocks(std::string_view bytes) {
    std::size_t begin = 0;  // of those that aren't zeros, up to at
    const auto take = [&](std::size_t end) {
        if (end > begin)
            data_.add(bytes.substr(begin, end - begin));
    };
    for (std::size_t at = 0; at < bytes.size(); at += block_size, ++block_) {
        if (is_zero(bytes.substr(at, block_size))) {
            take(at);
            begin = std::min(at + block_size, bytes.size());
            continue;
        }
        if (block_ != run_end_) {
            end_run();
            run_begin_ = block_;
        }
        run_end_ = block_ + 1;
    }
    take(bytes.size());
}

void ContentDigest::end_run() {
    if (run_end_ == run_begin_)
        return;
    if (!runs_)
        runs_.emplace();
    runs_->add(number_text(run_begin_) + number_text(run_end_));
}

std::string ContentDigest::finish() {
    const std::uint64_t size = block_ * block_size + partial_.size();
    if (!partial_.empty())
        add_blocks(std::exchange(partial_, {}));
    std::string digest = std::exchange(data_, archive::Hasher()).finish();
    if (runs_ || run_begin_ != 0 || run_end_ != block_) {
        end_run();
        if (!runs_)
            runs_.emplace();
        runs_->add(number_text(size) + digest);
        digest = runs_->finish();
    }
    runs_.reset();
    block_ = run_begin_ = run_end_ = 0;
    return digest;
}

}  // namespace ocikit::pack
