#include "archive/directory_list.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <unistd.h>

#include <ocikit/error.hpp>

namespace ocikit::archive {

namespace {

// Small ones first: while a deep tree is walked, there is a list for each level.
constexpr std::size_t least_chunk = std::size_t{1} << 10;
constexpr std::size_t most_chunk = std::size_t{64} << 10;

}  // namespace

void DirectoryList::add(const DirectoryEntry& entry) {
    if (spool_) {
        const auto type = static_cast<char>(entry.type);
        return spool_->add(entry.name, 0, {&type, 1});
    }
    const std::size_t size = entry.name.size() + 2;
    if (size_ - used_ < size) {
        size_ = std::max(std::clamp(2 * size_, least_chunk, most_chunk), size);
        chunks_.push_back(std::make_unique_for_overwrite<char[]>(size_));
        used_ = 0;
    }
    char* to = chunks_.back().get() + used_;
    to[0] = static_cast<char>(entry.type);
    std::memcpy(to + 1, entry.name.data(), entry.name.size());
    to[size - 1] = '\0';
    used_ += size;
    entries_.push_back(to);
    bytes_ += size + sizeof to;
    if (bytes_ > memory_)
        use_spool();
}

void DirectoryList::use_spool() {
    SortedSpool spool;
    for (const char* entry : entries_)
        spool.add(entry + 1, 0, {entry, 1});
    entries_ = {};
    chunks_ = std::vector<std::unique_ptr<char[]>>();
    bytes_ = 0;
    spool_ = std::move(spool);
}

void DirectoryList::sort() {
    if (spool_)
        return spool_->to_file();
    // strcmp(3) compares as unsigned char
    std::sort(entries_.begin(), entries_.end(),
              [](const char* a, const char* b) { return std::strcmp(a + 1, b + 1) < 0; });
}

void DirectoryList::to_file() {
    if (!spool_)
        use_spool();
    spool_->to_file();
}

DirectoryList::Iterator DirectoryList::begin() {
    at_ = 0;
    if (spool_)
        spool_->rewind();
    return Iterator(*this);
}

DirectoryEntry DirectoryList::current() const {
    if (spool_)
        return {spool_->key(), static_cast<unsigned char>(spool_->value().front())};
    return {entries_[at_] + 1, static_cast<unsigned char>(*entries_[at_])};
}

void DirectoryList::advance() {
    if (spool_)
        return spool_->advance();
    ++at_;
}

bool DirectoryList::at_end() const {
    return spool_ ? spool_->at_end() : at_ == entries_.size();
}

// With the system call itself: readdir(3) wants a descriptor of its own.
DirectoryList list_directory(int fd, const std::string& path) {
    DirectoryList list;
    alignas(dirent64) char buffer[std::size_t{32} << 10];
    if (::lseek(fd, 0, SEEK_SET) < 0)
        throw Error::last("read", path);
    for (;;) {
        const ssize_t size = ::getdents64(fd, buffer, sizeof buffer);
        if (size < 0)
            throw Error::last("read", path);
        if (size == 0)
            break;
        for (ssize_t at = 0; at < size;) {
            const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..")
                list.add({name, entry->d_type});
            at += entry->d_reclen;
        }
    }
    list.sort();
    return list;
}

}  // namespace ocikit::archive
