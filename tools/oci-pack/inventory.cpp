#include "oci-pack/inventory.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <sys/stat.h>
#include <utility>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "archive/hash.hpp"
#include "oci-pack/archive_file.hpp"
#include "oci-pack/bundle_files.hpp"
#include "oci-pack/content.hpp"
#include "oci-pack/describe.hpp"

namespace ocikit::pack {

namespace {

constexpr std::uint32_t none = UINT32_MAX;

// What is the same for all names of a file, as bytes.
class Packer {
  public:
    template <class Number>
    void number(Number value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void text(std::string_view text) {
        number(static_cast<std::uint32_t>(text.size()));
        bytes_ += text;
    }
    const std::string& bytes() const { return bytes_; }

  private:
    std::string bytes_;
};

class Unpacker {
  public:
    explicit Unpacker(std::string_view bytes) : bytes_(bytes) {}
    template <class Number>
    void number(Number& value) {
        std::memcpy(&value, bytes_.data(), sizeof value);
        bytes_.remove_prefix(sizeof value);
    }
    std::string text() {
        std::uint32_t size = 0;
        number(size);
        const std::string text(bytes_.substr(0, size));
        bytes_.remove_prefix(size);
        return text;
    }
    bool at_end() const { return bytes_.empty(); }

  private:
    std::string_view bytes_;
};

std::string pack(const archive::Entry& entry, std::string_view digest) {
    Packer packer;
    packer.number(entry.mode);
    packer.number(entry.uid);
    packer.number(entry.gid);
    packer.number(entry.mtime.tv_sec);
    packer.number(static_cast<std::uint32_t>(entry.mtime.tv_nsec));
    packer.number(entry.size);
    packer.number(entry.device);
    packer.text(digest);
    packer.text(entry.link);
    for (const auto& [name, value] : entry.xattrs) {
        packer.text(name);
        packer.text(value);
    }
    return packer.bytes();
}

Item unpack(std::string_view bytes) {
    Unpacker unpacker(bytes);
    Item item;
    archive::Entry& entry = item.entry;
    unpacker.number(entry.mode);
    unpacker.number(entry.uid);
    unpacker.number(entry.gid);
    unpacker.number(entry.mtime.tv_sec);
    std::uint32_t nanoseconds = 0;
    unpacker.number(nanoseconds);
    entry.mtime.tv_nsec = nanoseconds;
    unpacker.number(entry.size);
    unpacker.number(entry.device);
    item.digest = unpacker.text();
    entry.link = unpacker.text();
    while (!unpacker.at_end()) {
        std::string name = unpacker.text();
        entry.xattrs[std::move(name)] = unpacker.text();
    }
    return item;
}

// Half of the digest's digits tell as much as anybody needs.
std::string shortened(const std::string& digest) {
    return digest.substr(0, digest.size() / 2);
}

class HashingSink : public ContentSink {
  public:
    std::span<char> room() override { return buffer_; }
    void filled(std::size_t size) override { write({buffer_.data(), size}); }
    void write(std::string_view bytes) { hasher_.add(bytes); }
    std::string finish() { return shortened(std::exchange(hasher_, archive::Hasher()).finish()); }

  private:
    std::vector<char> buffer_ = std::vector<char>(std::size_t{256} << 10);
    archive::Hasher hasher_;
};

Inventory of_bundle(const std::string& path) {
    Inventory inventory;
    HashingSink content;
    BundleFiles files(path, {}, [](const std::string&) {});
    files.visit(
        [&](const archive::Entry& entry, std::string_view text) {
            content.write(text);
            inventory.add(entry, content.finish());
        },
        [&](const archive::Entry& entry, int fd, const struct stat& status) {
            if (fd < 0)
                return inventory.add(entry, {});
            read_content(fd, entry, status, content);
            inventory.add(entry, content.finish());
        });
    inventory.finish();
    return inventory;
}

std::string read_digest(archive::Reader& reader, const archive::Entry& entry) {
    static const std::string zeros(std::size_t{64} << 10, '\0');
    archive::Hasher digest;
    std::uint64_t at = 0;
    const auto fill = [&](std::uint64_t to) {
        for (; at < to; at += std::min<std::uint64_t>(to - at, zeros.size()))
            digest.add(std::string_view(zeros).substr(
                0, static_cast<std::size_t>(std::min<std::uint64_t>(to - at, zeros.size()))));
    };
    reader.content(entry, [&](std::string_view bytes, std::uint64_t offset) {
        fill(offset);
        digest.add(bytes);
        at = offset + bytes.size();
    });
    fill(entry.size);
    return shortened(digest.finish());
}

Inventory of_archive(const std::string& path, const archive::Limits& limits) {
    Inventory inventory;
    const ArchiveFile file(path);
    archive::Reader reader(file.fd(), limits);
    for (archive::Entry entry; reader.next(entry);) {
        const bool has_content = !entry.hard_link && S_ISREG(entry.mode);
        inventory.add(entry, has_content ? read_digest(reader, entry) : std::string());
    }
    inventory.finish();
    return inventory;
}

void compare_xattrs(const archive::Xattrs& before, const archive::Xattrs& after,
                    std::vector<std::string>& what) {
    for (const auto& [name, value] : before) {
        const auto other = after.find(name);
        if (other == after.end())
            what.push_back("attribute " + printable(name) + " removed");
        else if (other->second != value)
            what.push_back("attribute " + printable(name) + " changed");
    }
    for (const auto& [name, value] : after) {
        if (!before.contains(name))
            what.push_back("attribute " + printable(name) + " added");
    }
}

std::vector<std::string> changes(const Item& before, const Item& after) {
    std::vector<std::string> what;
    const auto note = [&what](const char* name, const std::string& a, const std::string& b) {
        if (a != b)
            what.push_back(std::string(name) + " " + printable(a) + " to " + printable(b));
    };
    const archive::Entry& a = before.entry;
    const archive::Entry& b = after.entry;
    if ((a.mode & S_IFMT) != (b.mode & S_IFMT)) {
        note("type", type_name(a.mode), type_name(b.mode));
    } else {
        if (before.digest != after.digest)
            what.emplace_back("content");
        note("size", std::to_string(a.size), std::to_string(b.size));
        note("target", a.link, b.link);
        note("device", device_text(a.device), device_text(b.device));
    }
    note("mode", permissions_text(a.mode), permissions_text(b.mode));
    note("user", std::to_string(a.uid), std::to_string(b.uid));
    note("group", std::to_string(a.gid), std::to_string(b.gid));
    note("time", time_text(a.mtime), time_text(b.mtime));
    if (before.first_name != after.first_name)
        what.emplace_back("hard links");
    compare_xattrs(a.xattrs, b.xattrs, what);
    return what;
}

}  // namespace

const char* Inventory::keep(std::string_view bytes) {
    constexpr std::size_t chunk = std::size_t{256} << 10;
    const auto length = static_cast<std::uint32_t>(bytes.size());
    const std::size_t size = sizeof length + bytes.size();
    if (size_ - used_ < size) {
        size_ = std::max(chunk, size);
        chunks_.push_back(std::make_unique_for_overwrite<char[]>(size_));
        used_ = 0;
    }
    char* to = chunks_.back().get() + used_;
    std::memcpy(to, &length, sizeof length);
    std::memcpy(to + sizeof length, bytes.data(), bytes.size());
    used_ += size;
    return to;
}

std::string_view Inventory::text(const char* kept) {
    std::uint32_t length = 0;
    std::memcpy(&length, kept, sizeof length);
    return {kept + sizeof length, length};
}

void Inventory::add(const archive::Entry& entry, std::string_view digest) {
    if (entry.path.empty())
        return;
    records_.push_back({.path = keep(entry.path),
                        .rest = entry.hard_link ? nullptr : keep(pack(entry, digest)),
                        .link = entry.hard_link ? keep(entry.link) : nullptr,
                        .order = static_cast<std::uint32_t>(records_.size()),
                        .first = none});
}

void Inventory::finish() {
    std::sort(records_.begin(), records_.end(), [](const Record& a, const Record& b) {
        return std::pair(text(a.path), a.order) < std::pair(text(b.path), b.order);
    });
    std::vector<Record*> links;
    for (Record& record : records_)
        if (record.link)
            links.push_back(&record);
    // as they came, as a link may be to a name that is one itself
    std::sort(links.begin(), links.end(),
              [](const Record* a, const Record* b) { return a->order < b->order; });
    for (Record* link : links) {
        Record& target = target_of(*link);
        if (target.first == none)
            target.first = target.order;
        link->first = target.first;
        link->rest = target.rest;
    }
    // of a path that comes twice, the last counts
    const auto end = std::unique(records_.rbegin(), records_.rend(), [](const Record& a, const Record& b) {
        return text(a.path) == text(b.path);
    });
    records_.erase(records_.begin(), end.base());
    for (const Record& record : records_)
        if (record.first != none)
            first_names_.try_emplace(record.first, text(record.path));
}

// The last record with the path that comes before the link.
Inventory::Record& Inventory::target_of(const Record& link) {
    const std::string_view path = text(link.link);
    const auto after =
        std::lower_bound(records_.begin(), records_.end(), std::pair(path, link.order),
                         [](const Record& record, const std::pair<std::string_view, std::uint32_t>& wanted) {
                             return std::pair(text(record.path), record.order) < wanted;
                         });
    if (after == records_.begin() || text(std::prev(after)->path) != path)
        throw Error(Error::Parts{.object = std::string(text(link.path)),
                                 .reason = "it is a hard link to '" + std::string(path) +
                                           "', which isn't in the archive before it"});
    return *std::prev(after);
}

std::string_view Inventory::first_name(std::size_t at) const {
    const std::uint32_t first = records_[at].first;
    return first == none ? std::string_view() : first_names_.at(first);
}

Item Inventory::item(std::size_t at) const {
    Item item = unpack(text(records_[at].rest));
    item.entry.path = path(at);
    item.first_name = first_name(at);
    return item;
}

bool Inventory::equal(std::size_t at, const Inventory& other, std::size_t other_at) const {
    return text(records_[at].rest) == text(other.records_[other_at].rest) &&
           first_name(at) == other.first_name(other_at);
}

Inventory take_inventory(const std::string& path, const archive::Limits& limits) {
    try {
        struct stat status {};
        if (path != "-" && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
            return of_bundle(path);
        return of_archive(path, limits);
    } catch (const Error& error) {
        throw error.within("diff " + archive_name(path));
    }
}

std::vector<Difference> compare(const Inventory& before, const Inventory& after) {
    using Kind = Difference::Kind;
    std::vector<Difference> differences;
    std::size_t a = 0;
    std::size_t b = 0;
    while (a < before.size() || b < after.size()) {
        const bool removed = b == after.size() || (a < before.size() && before.path(a) < after.path(b));
        const bool added = !removed && (a == before.size() || after.path(b) < before.path(a));
        if (removed) {
            differences.push_back({.kind = Kind::removed, .path = std::string(before.path(a++)), .what = {}});
        } else if (added) {
            differences.push_back({.kind = Kind::added, .path = std::string(after.path(b++)), .what = {}});
        } else {
            if (!before.equal(a, after, b))
                differences.push_back({.kind = Kind::changed,
                                       .path = std::string(before.path(a)),
                                       .what = changes(before.item(a), after.item(b))});
            ++a;
            ++b;
        }
    }
    return differences;
}

}  // namespace ocikit::pack
