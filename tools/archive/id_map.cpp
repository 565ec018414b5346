#include "archive/id_map.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <linux/capability.h>
#include <linux/posix_acl.h>
#include <string>

#include "common/command_line.hpp"

namespace ocikit::archive {

namespace {

using Number = std::uint32_t IdRange::*;

std::optional<std::uint32_t> translate(const std::vector<IdRange>& ranges, std::uint32_t id, Number from,
                                       Number to) {
    if (ranges.empty())
        return id;
    for (const IdRange& range : ranges) {
        if (id >= range.*from && id - range.*from < range.size)
            return range.*to + (id - range.*from);
    }
    return std::nullopt;
}

bool overlap(std::uint32_t a, std::uint32_t a_size, std::uint32_t b, std::uint32_t b_size) {
    return std::uint64_t{a} < std::uint64_t{b} + b_size && std::uint64_t{b} < std::uint64_t{a} + a_size;
}

// The last id, 4294967295, stands for "none" in system calls.
bool fits(std::uint32_t first, std::uint32_t size) {
    return std::uint64_t{first} + size <= 0xffffffff;
}

std::uint32_t little_endian(const std::string& bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

void put_little_endian(std::string& bytes, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i)
        bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xff);
}

// linux/posix_acl_xattr.h: a version, then tag, permissions and id of each entry
void translate_acl(std::string& value, const IdTranslation& translation) {
    constexpr std::size_t header = 4;
    constexpr std::size_t entry = 8;
    for (std::size_t at = header; at + entry <= value.size(); at += entry) {
        const std::uint32_t tag = little_endian(value, at, 2);
        const std::uint32_t id = little_endian(value, at + 4, 4);
        if (tag == ACL_USER)
            put_little_endian(value, at + 4, translation.user(id));
        else if (tag == ACL_GROUP)
            put_little_endian(value, at + 4, translation.group(id));
    }
}

// capabilities(7), version 3: the last number is the root user of the namespace they hold in
void translate_capability(std::string& value, const IdTranslation& translation) {
    if (value.size() == sizeof(vfs_ns_cap_data) &&
        (little_endian(value, 0, 4) & VFS_CAP_REVISION_MASK) == VFS_CAP_REVISION_3) {
        const std::size_t at = value.size() - 4;
        put_little_endian(value, at, translation.user(little_endian(value, at, 4)));
    }
}

}  // namespace

void IdMap::add(std::string_view option, std::string_view text) {
    std::array<std::uint32_t, 3> numbers{0, 0, 1};
    std::size_t count = 0;
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    bool good = !text.empty();
    while (good && count < numbers.size()) {
        const auto [next, error] = std::from_chars(at, end, numbers[count]);
        good = error == std::errc() && (next == end || *next == ':');
        ++count;
        if (next == end || !good)
            break;
        at = next + 1;
        good = count < numbers.size();
    }
    const IdRange range{.container = numbers[0], .host = numbers[1], .size = numbers[2]};
    if (!good || count < 2 || range.size == 0 || !fits(range.container, range.size) ||
        !fits(range.host, range.size))
        throw cli::UsageError("option '--" + std::string(option) + "': '" + std::string(text) +
                              "' is not CONTAINER:HOST:SIZE");
    for (const IdRange& other : ranges_) {
        if (overlap(range.container, range.size, other.container, other.size) ||
            overlap(range.host, range.size, other.host, other.size))
            throw cli::UsageError("option '--" + std::string(option) + "': '" + std::string(text) +
                                  "' overlaps another range");
    }
    ranges_.push_back(range);
}

std::optional<std::uint32_t> IdMap::to_container(std::uint32_t id) const {
    return translate(ranges_, id, &IdRange::host, &IdRange::container);
}

std::optional<std::uint32_t> IdMap::to_host(std::uint32_t id) const {
    return translate(ranges_, id, &IdRange::container, &IdRange::host);
}

void translate_ids(Entry& entry, const IdTranslation& translation) {
    entry.uid = translation.user(entry.uid);
    entry.gid = translation.group(entry.gid);
    for (auto& [name, value] : entry.xattrs) {
        if (name.starts_with("system.posix_acl_"))
            translate_acl(value, translation);
        else if (name == "security.capability")
            translate_capability(value, translation);
    }
}

}  // namespace ocikit::archive
