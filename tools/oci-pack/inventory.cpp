#include "oci-pack/inventory.hpp"

#include <algorithm>
#include <cstdint>
#include <sys/stat.h>
#include <utility>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "archive/packed_entry.hpp"
#include "oci-pack/archive_file.hpp"
#include "oci-pack/bundle_files.hpp"
#include "oci-pack/content.hpp"
#include "oci-pack/content_digest.hpp"
#include "oci-pack/describe.hpp"

namespace ocikit::pack {

namespace {

// Through how many others a hard link may lead to its file. Programs that write archives
// link to the file itself, or to the name before.
constexpr int most_rounds = 100;

constexpr char file_mark = 'F';
constexpr char link_mark = 'L';

// What is the same for all names of a file.
std::string pack(const archive::Entry& entry, std::string_view digest) {
    archive::Packer packer;
    packer.text(digest);
    packer.entry(entry);
    return packer.bytes();
}

// Half of the digest's digits tell as much as anybody needs.
std::string shortened(const std::string& digest) {
    return digest.substr(0, digest.size() / 2);
}

class HashingSink : public ContentSink {
  public:
    std::span<char> room() override { return buffer_; }
    void filled(std::size_t size) override { write({buffer_.data(), size}); }
    void write(std::string_view bytes) { digest_.add(bytes); }
    std::string finish() { return shortened(digest_.finish()); }

  private:
    std::vector<char> buffer_ = std::vector<char>(std::size_t{256} << 10);
    ContentDigest digest_;
};

void add_bundle(const std::string& path, Inventory& inventory) {
    HashingSink content;
    BundleFiles files(path, {}, [](const std::string&) {});
    files.visit(
        [&](const archive::Entry& entry, std::string_view text, const struct stat&) {
            content.write(text);
            inventory.add(entry, content.finish());
        },
        [&](const archive::Entry& entry, int fd, const struct stat& status) {
            if (fd < 0)
                return inventory.add(entry, {});
            read_content(fd, entry, status, content);
            inventory.add(entry, content.finish());
        });
}

std::string read_digest(archive::Reader& reader, const archive::Entry& entry) {
    ContentDigest digest;
    std::uint64_t at = 0;
    reader.content(entry, [&](std::string_view bytes, std::uint64_t offset) {
        digest.skip(offset - at);
        digest.add(bytes);
        at = offset + bytes.size();
    });
    digest.skip(entry.size - at);
    return shortened(digest.finish());
}

void add_archive(const std::string& path, const archive::Limits& limits, Inventory& inventory) {
    const ArchiveFile file(path);
    archive::Reader reader(file.fd(), limits);
    for (archive::Entry entry; reader.next(entry);) {
        const bool has_content = !entry.hard_link && S_ISREG(entry.mode);
        inventory.add(entry, has_content ? read_digest(reader, entry) : std::string());
    }
}

Error twice(std::string_view path) {
    return Error(Error::Parts{.object = std::string(path), .reason = "refused: it is in the archive twice"});
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

// Sorts the names of a file together.
std::string by_file(std::uint64_t number, std::string_view name) {
    std::string key;
    for (int shift = 56; shift >= 0; shift -= 8)
        key += static_cast<char>(number >> shift & 0xff);
    return key.append(name);
}
constexpr std::size_t number_size = 8;

}  // namespace

void Inventory::add(const archive::Entry& entry, std::string_view digest) {
    if (entry.path.empty())
        return;
    const std::uint64_t number = ++added_;
    if (!entry.hard_link)
        return names_.add(entry.path, number, file_mark + pack(entry, digest));
    names_.add(entry.path, number, link_mark + entry.link);
    links_.add(entry.link, number, entry.path);
    has_links_ = true;
}

void Inventory::finish() {
    names_.rewind();
    if (has_links_) {
        archive::SortedSpool files;  // by the number of the file, then name
        SortedLinks rest = resolve(files);
        for (int round = 1; rest.any; ++round) {
            if (round == most_rounds)
                throw Error("refused: hard links to hard links are too many");
            links_ = std::move(rest.links);
            rest = resolve(files);
        }
        name_files(files);
    }
    (has_links_ ? items_ : names_).rewind();
}

// Every name gets the first one of the file in bytewise order.
void Inventory::name_files(archive::SortedSpool& files) {
    std::string file;
    std::string first;
    for (files.rewind(); !files.at_end(); files.advance()) {
        const std::string_view path = files.key().substr(number_size);
        if (const std::string_view number = files.key().substr(0, number_size); number != file) {
            file = number;
            first = path;
        }
        archive::Packer packer;
        packer.text(first);
        items_.add(path, 0, link_mark + packer.bytes() + std::string(files.value()));
    }
}

// Gives each link what is in the file that it leads to, and that file is put there, too, in
// the first round. Links to links are left for the next one.
Inventory::SortedLinks Inventory::resolve(archive::SortedSpool& files) {
    SortedLinks rest;
    const bool is_first = !std::exchange(resolved_, true);
    std::string before;
    links_.rewind();
    for (names_.rewind(); !names_.at_end(); names_.advance()) {
        const std::string_view path = names_.key();
        if (path == before)
            throw twice(path);
        before = path;
        const std::string_view value = names_.value().substr(1);
        const bool is_file = names_.value().front() == file_mark;
        const std::uint64_t number = names_.number();
        bool has_link = false;
        for (; !links_.at_end() && links_.key() <= path; links_.advance()) {
            if (links_.key() != path || links_.number() <= number)
                refuse_link();
            has_link = true;
            if (is_file) {
                files.add(by_file(number, links_.value()), 0, value);
            } else {
                rest.links.add(value, number, links_.value());
                rest.any = true;
            }
        }
        if (is_first && is_file) {
            if (has_link)
                files.add(by_file(number, path), 0, value);
            else
                items_.add(path, 0, names_.value());
        }
    }
    if (!links_.at_end())
        refuse_link();
    return rest;
}

void Inventory::refuse_link() const {
    throw Error(Error::Parts{.object = std::string(links_.value()),
                             .reason = "it is a hard link to '" + std::string(links_.key()) +
                                       "', which isn't in the archive before it"});
}

Inventory take_inventory(const std::string& path, const archive::Limits& limits) {
    try {
        struct stat status {};
        Inventory inventory(archive_name(path));
        if (path != "-" && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
            add_bundle(path, inventory);
        else
            add_archive(path, limits, inventory);
        inventory.finish();
        return inventory;
    } catch (const Error& error) {
        throw error.within("diff " + archive_name(path));
    }
}

std::string_view Inventory::path() const {
    return spool().key();
}

void Inventory::advance() {
    const std::string before(path());
    archive::SortedSpool& all = has_links_ ? items_ : names_;
    all.advance();
    if (!all.at_end() && all.key() == before)
        throw twice(before).within("diff " + name_);
}

Item Inventory::item() const {
    const std::string_view value = spool().value();
    archive::PackReader packed(value.substr(1));
    Item item;
    if (value.front() == link_mark)
        item.first_name = packed.text();
    item.digest = packed.text();
    item.entry = packed.entry();
    item.entry.path = path();
    return item;
}

void compare(Inventory& before, Inventory& after, const std::function<void(const Difference&)>& tell) {
    using Kind = Difference::Kind;
    while (!before.at_end() || !after.at_end()) {
        const bool removed = after.at_end() || (!before.at_end() && before.path() < after.path());
        const bool added = !removed && (before.at_end() || after.path() < before.path());
        if (removed) {
            tell({.kind = Kind::removed, .path = std::string(before.path()), .what = {}});
        } else if (added) {
            tell({.kind = Kind::added, .path = std::string(after.path()), .what = {}});
        } else if (!before.is_equal(after)) {
            tell({.kind = Kind::changed,
                  .path = std::string(before.path()),
                  .what = changes(before.item(), after.item())});
        }
        if (!added)
            before.advance();
        if (!removed)
            after.advance();
    }
}

}  // namespace ocikit::pack
