#include "oci-pack/inventory.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <utility>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "archive/digest.hpp"
#include "oci-pack/archive_file.hpp"
#include "oci-pack/bundle_files.hpp"
#include "oci-pack/content.hpp"
#include "oci-pack/describe.hpp"

namespace ocikit::pack {

namespace {

class Taker {
  public:
    void add(const archive::Entry& entry, std::string digest) {
        if (entry.path.empty())
            return;
        if (!entry.hard_link) {
            items_.insert_or_assign(entry.path,
                                    Item{.entry = entry, .digest = std::move(digest), .first_name = {}});
            return;
        }
        const auto target = items_.find(entry.link);
        if (target == items_.end())
            throw Error(Error::Parts{
                .object = entry.path,
                .reason = "it is a hard link to '" + entry.link + "', which isn't in the archive before it"});
        // a link may be to a name that is one itself
        const auto alias = aliases_.find(entry.link);
        const std::string first = alias == aliases_.end() ? entry.link : alias->second;
        aliases_.emplace(entry.path, first);
        names_[first].push_back(entry.path);
        Item copy = target->second;
        copy.entry.path = entry.path;
        items_.insert_or_assign(entry.path, std::move(copy));
    }

    Inventory finish() {
        for (auto& [first, others] : names_) {
            others.push_back(first);
            const std::string least = *std::min_element(others.begin(), others.end());
            for (const std::string& name : others)
                items_.at(name).first_name = least;
        }
        return std::move(items_);
    }

  private:
    Inventory items_;
    std::map<std::string, std::string> aliases_;
    std::map<std::string, std::vector<std::string>> names_;
};

std::string digest_of(std::string_view bytes) {
    archive::Digester digest;
    digest.add(bytes);
    return digest.finish();
}

Inventory of_bundle(const std::string& path) {
    Taker taker;
    ContentReader content;
    BundleFiles files(path, {}, [](const std::string&) {});
    files.visit(
        [&](const archive::Entry& entry, std::string_view text) { taker.add(entry, digest_of(text)); },
        [&](const archive::Entry& entry, int fd, const struct stat& status) {
            if (fd < 0)
                return taker.add(entry, {});
            archive::Digester digest;
            content.read(fd, entry, status, [&](std::string_view bytes) { digest.add(bytes); });
            taker.add(entry, digest.finish());
        });
    return taker.finish();
}

std::string read_digest(archive::Reader& reader, const archive::Entry& entry) {
    const std::string zeros(std::size_t{64} << 10, '\0');
    archive::Digester digest;
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
    return digest.finish();
}

Inventory of_archive(const std::string& path, const archive::Limits& limits) {
    Taker taker;
    const ArchiveFile file(path);
    archive::Reader reader(file.fd(), limits);
    for (archive::Entry entry; reader.next(entry);) {
        const bool has_content = !entry.hard_link && S_ISREG(entry.mode);
        taker.add(entry, has_content ? read_digest(reader, entry) : std::string());
    }
    return taker.finish();
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
    for (const auto& [path, item] : before) {
        const auto other = after.find(path);
        if (other == after.end())
            differences.push_back({.kind = Kind::removed, .path = path, .what = {}});
        else if (auto what = changes(item, other->second); !what.empty())
            differences.push_back({.kind = Kind::changed, .path = path, .what = std::move(what)});
    }
    for (const auto& [path, item] : after) {
        if (!before.contains(path))
            differences.push_back({.kind = Kind::added, .path = path, .what = {}});
    }
    std::stable_sort(differences.begin(), differences.end(),
                     [](const Difference& a, const Difference& b) { return a.path < b.path; });
    return differences;
}

}  // namespace ocikit::pack
