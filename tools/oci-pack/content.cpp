#include "oci-pack/content.hpp"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "archive/interrupt.hpp"

namespace ocikit::pack {

namespace {

[[noreturn]] void changed(const archive::Entry& entry) {
    throw Error(Error::Parts{.object = entry.path,
                             .reason = "it changed while it was read",
                             .hint = "stop what writes to the bundle, and try again"});
}

std::uint64_t seek(int fd, std::uint64_t from, int what, const archive::Entry& entry) {
    const off_t at = ::lseek(fd, static_cast<off_t>(from), what);
    if (at < 0 && errno != ENXIO)
        throw Error::last("look for holes", entry.path);
    return at < 0 ? entry.size : std::min(static_cast<std::uint64_t>(at), entry.size);
}

void check_unchanged(int fd, const archive::Entry& entry, const struct stat& before) {
    struct stat after {};
    if (::fstat(fd, &after) != 0)
        throw Error::last("stat", entry.path);
    const auto same = [](const timespec& a, const timespec& b) {
        return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
    };
    // the time of change, too: that of modification may have been set back
    if (after.st_size != before.st_size || !same(after.st_mtim, before.st_mtim) ||
        !same(after.st_ctim, before.st_ctim))
        changed(entry);
}

}  // namespace

std::optional<std::vector<archive::Extent>> find_extents(int fd, const archive::Entry& entry) {
    std::vector<archive::Extent> extents;
    std::uint64_t total = 0;
    for (std::uint64_t at = 0; at < entry.size;) {
        const std::uint64_t begin = seek(fd, at, SEEK_DATA, entry);
        if (begin >= entry.size)
            break;
        at = seek(fd, begin, SEEK_HOLE, entry);
        extents.push_back({.offset = begin, .size = at - begin});
        total += at - begin;
    }
    if (total == entry.size)
        return std::nullopt;
    return extents;
}

void ContentReader::read(int fd, const archive::Entry& entry, const struct stat& before, const Take& take) {
    if (entry.extents) {
        for (const archive::Extent& extent : *entry.extents) {
            if (::lseek(fd, static_cast<off_t>(extent.offset), SEEK_SET) < 0)
                throw Error::last("seek", entry.path);
            data(fd, extent, entry, take);
        }
    } else {
        data(fd, {.offset = 0, .size = entry.size}, entry, take);
    }
    check_unchanged(fd, entry, before);
}

void ContentReader::data(int fd, const archive::Extent& extent, const archive::Entry& entry,
                         const Take& take) {
    std::uint64_t left = extent.size;
    while (left > 0) {
        archive::check_interrupt();
        const ssize_t size = ::read(fd, buffer_.data(), std::min<std::uint64_t>(buffer_.size(), left));
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            throw Error::last("read", entry.path);
        if (size == 0)
            changed(entry);
        take({buffer_.data(), static_cast<std::size_t>(size)});
        left -= static_cast<std::uint64_t>(size);
    }
}

}  // namespace ocikit::pack
