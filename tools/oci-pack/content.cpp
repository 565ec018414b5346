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

void read_extent(int fd, std::uint64_t left, const archive::Entry& entry, ContentSink& sink) {
    while (left > 0) {
        archive::check_interrupt();
        const std::span<char> to = sink.room();
        const ssize_t size = ::read(fd, to.data(), std::min<std::uint64_t>(to.size(), left));
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            throw Error::last("read", entry.path);
        if (size == 0)
            changed(entry);
        sink.filled(static_cast<std::size_t>(size));
        left -= static_cast<std::uint64_t>(size);
    }
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

void read_content(int fd, const archive::Entry& entry, const struct stat& before, ContentSink& sink) {
    if (entry.extents) {
        for (const archive::Extent& extent : *entry.extents) {
            if (::lseek(fd, static_cast<off_t>(extent.offset), SEEK_SET) < 0)
                throw Error::last("seek", entry.path);
            read_extent(fd, extent.size, entry, sink);
        }
    } else {
        read_extent(fd, entry.size, entry, sink);
    }
    check_unchanged(fd, entry, before);
}

}  // namespace ocikit::pack
