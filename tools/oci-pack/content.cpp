#include "oci-pack/content.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "archive/interrupt.hpp"

namespace ocikit::pack {

namespace {

constexpr std::uint64_t block = 4096;  // of which a hole has whole ones
constexpr std::size_t most_at_once = std::size_t{256} << 10;

std::uint64_t seek(int fd, std::uint64_t from, int what, const archive::Entry& entry) {
    const off_t at = ::lseek(fd, static_cast<off_t>(from), what);
    if (at < 0 && errno != ENXIO)
        throw Error::last("look for holes", entry.path);
    return at < 0 ? entry.size : std::min(static_cast<std::uint64_t>(at), entry.size);
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
            refuse_changed(entry.path);
        sink.filled(static_cast<std::size_t>(size));
        left -= static_cast<std::uint64_t>(size);
    }
}

// Fills the buffer, and gives the whole blocks in it, or what the file has up to its end.
std::string_view read_at(int fd, std::uint64_t from, std::span<char> buffer, const archive::Entry& entry) {
    std::size_t size = 0;
    while (size < buffer.size()) {
        archive::check_interrupt();
        const ssize_t part =
            ::pread(fd, buffer.data() + size, buffer.size() - size, static_cast<off_t>(from + size));
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            throw Error::last("read", entry.path);
        if (part == 0)
            refuse_changed(entry.path);
        size += static_cast<std::size_t>(part);
    }
    if (from + size < entry.size)
        size -= size % block;
    return {buffer.data(), size};
}

bool is_zeros(std::string_view bytes) {
    // the first one is zero, and each is as the one before it
    return bytes.front() == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

class ExtentList {
  public:
    explicit ExtentList(std::size_t most) : most_(most) {}

    // Bytes of a file from a block's beginning on; what is left out between them is zeros.
    void add(std::uint64_t offset, std::string_view bytes) {
        for (; !bytes.empty();
             bytes.remove_prefix(std::min<std::size_t>(block, bytes.size())), offset += block) {
            const std::string_view first = bytes.substr(0, block);
            if (first.size() < block || !is_zeros(first))
                add_data(offset, first.size());
        }
    }
    // Nothing if there are no holes.
    std::optional<std::vector<archive::Extent>> finish(std::uint64_t size) {
        // what is left of the last block is no hole
        if (const std::uint64_t tail = size % block; tail != 0 && end() < size)
            add_data(size - tail, tail);
        if (extents_.size() == 1 && extents_.front().size == size)
            return std::nullopt;
        return std::move(extents_);
    }

  private:
    std::uint64_t end() const { return extents_.empty() ? 0 : extents_.back().offset + extents_.back().size; }

    void add_data(std::uint64_t offset, std::uint64_t size) {
        if (!extents_.empty() && offset - end() < least_hole_) {
            extents_.back().size = offset + size - extents_.back().offset;
            return;
        }
        const std::uint64_t before = extents_.empty() && offset < least_hole_ ? offset : 0;
        extents_.push_back({.offset = offset - before, .size = size + before});
        if (extents_.size() > most_)
            merge();
    }

    void merge() {
        while (extents_.size() > most_ / 2) {
            least_hole_ *= 2;
            std::vector<archive::Extent> before;
            before.swap(extents_);
            for (const archive::Extent& extent : before)
                add_data(extent.offset, extent.size);
        }
    }

    std::size_t most_;
    std::vector<archive::Extent> extents_;
    std::uint64_t least_hole_ = block;
};

}  // namespace

Error changed(const std::string& path) {
    return Error(Error::Parts{.object = path,
                              .reason = "it changed while it was read",
                              .hint = "stop what writes to the bundle, and try again"});
}

void refuse_changed(const std::string& path) {
    throw changed(path);
}

void check_unchanged(int fd, const std::string& path, const struct stat& before) {
    struct stat after {};
    if (::fstat(fd, &after) != 0)
        throw Error::last("stat", path);
    const auto same = [](const timespec& a, const timespec& b) {
        return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
    };
    // the time of change, too: that of modification may have been set back
    if (after.st_size != before.st_size || !same(after.st_mtim, before.st_mtim) ||
        !same(after.st_ctim, before.st_ctim))
        refuse_changed(path);
}

std::optional<std::vector<archive::Extent>> find_extents(int fd, const archive::Entry& entry,
                                                         std::size_t most) {
    if (entry.size < block)
        return std::nullopt;
    ExtentList extents(most);
    std::vector<char> buffer(std::min<std::uint64_t>(most_at_once, entry.size));
    for (std::uint64_t at = 0; at < entry.size;) {
        const std::uint64_t data = seek(fd, at, SEEK_DATA, entry);
        if (data >= entry.size)
            break;
        const std::uint64_t end = seek(fd, data, SEEK_HOLE, entry);
        for (at = std::max(at, data - data % block); at < end;) {
            const std::uint64_t left = std::min(entry.size, end + block - 1) - at;
            const std::string_view bytes =
                read_at(fd, at, {buffer.data(), std::min(left, buffer.size())}, entry);
            extents.add(at, bytes);
            at += bytes.size();
        }
    }
    seek(fd, 0, SEEK_SET, entry);
    return extents.finish(entry.size);
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
    check_unchanged(fd, entry.path, before);
}

}  // namespace ocikit::pack
