#include "archive/directory_list.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>

#include <ocikit/error.hpp>

namespace ocikit::archive {

namespace {

// Small ones first: while a deep tree is walked, there is a list for each level.
constexpr std::size_t least_chunk = std::size_t{1} << 10;
constexpr std::size_t most_chunk = std::size_t{64} << 10;

}  // namespace

void DirectoryList::add(const DirectoryEntry& entry) {
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
}

void DirectoryList::sort() {
    // strcmp(3) compares as unsigned char
    std::sort(entries_.begin(), entries_.end(),
              [](const char* a, const char* b) { return std::strcmp(a + 1, b + 1) < 0; });
}

DirectoryList list_directory(int fd, const std::string& path) {
    const int copy = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
    if (!stream)
        throw Error::last("open", path);
    DirectoryList list;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..")
            list.add({name, entry->d_type});
    }
    if (errno != 0)
        throw Error::last("read", path);
    list.sort();
    return list;
}

}  // namespace ocikit::archive
