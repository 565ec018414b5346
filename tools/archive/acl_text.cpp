#include "archive/acl_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <optional>
#include <system_error>
#include <tuple>
#include <vector>

#include <ocikit/error.hpp>

namespace ocikit::archive {

namespace {

struct TextEntry {
    std::uint16_t tag = 0;
    std::uint16_t permissions = 0;
    std::string_view name;            // of the user or group; empty: the file's own
    std::optional<std::uint32_t> id;  // with a name
};

constexpr struct {
    std::string_view name;
    std::uint16_t of_file;   // without a user or group
    std::uint16_t of_other;  // 0: never with one
} tags[] = {{"user", ACL_USER_OBJ, ACL_USER},
            {"u", ACL_USER_OBJ, ACL_USER},
            {"group", ACL_GROUP_OBJ, ACL_GROUP},
            {"g", ACL_GROUP_OBJ, ACL_GROUP},
            {"mask", ACL_MASK, 0},
            {"m", ACL_MASK, 0},
            {"other", ACL_OTHER, 0},
            {"o", ACL_OTHER, 0}};

std::optional<std::uint32_t> parse_id(std::string_view text) {
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), id);
    return error == std::errc() && end == text.end() ? std::optional(id) : std::nullopt;
}

std::optional<std::uint16_t> parse_permissions(std::string_view text) {
    constexpr std::string_view letters = "xwr";
    unsigned result = 0;
    for (const char c : text) {
        const std::size_t bit = letters.find(c);
        if (c != '-' && (bit == letters.npos || (result >> bit & 1) != 0))
            return std::nullopt;
        result |= c == '-' ? 0u : 1u << bit;
    }
    return text.empty() || text.size() > letters.size() ? std::nullopt
                                                        : std::optional(static_cast<std::uint16_t>(result));
}

std::string_view take(std::string_view& text, std::string_view separators) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

// `tag:name:permissions`, with the number behind if the name is none, or `other:permissions`.
std::optional<TextEntry> parse_entry(std::string_view text) {
    std::vector<std::string_view> fields;
    while (!text.empty())
        fields.push_back(take(text, ":"));
    const auto tag = std::find_if(std::begin(tags), std::end(tags), [&](const auto& candidate) {
        return !fields.empty() && candidate.name == fields[0];
    });
    if (tag == std::end(tags))
        return std::nullopt;
    if (fields.size() == 2 && tag->of_other == 0)
        fields.insert(fields.begin() + 1, std::string_view());
    if (fields.size() < 3 || fields.size() > 4 || (!fields[1].empty() && tag->of_other == 0) ||
        (fields[1].empty() && fields.size() == 4))
        return std::nullopt;
    TextEntry entry{.tag = fields[1].empty() ? tag->of_file : tag->of_other,
                    .permissions = 0,
                    .name = fields[1],
                    .id = parse_id(fields[1])};
    if (fields.size() == 4) {
        const auto id = parse_id(fields[3]);
        if (!id || (entry.id && entry.id != id))
            return std::nullopt;
        entry.id = id;
    }
    const auto permissions = parse_permissions(fields[2]);
    entry.permissions = permissions.value_or(0);
    return permissions ? std::optional(entry) : std::nullopt;
}

std::optional<std::vector<TextEntry>> parse(std::string_view text) {
    std::vector<TextEntry> entries;
    while (!text.empty()) {
        const std::string_view part = take(text, ",\n");
        if (part.empty())
            continue;
        const auto entry = parse_entry(part);
        if (!entry)
            return std::nullopt;
        entries.push_back(*entry);
    }
    return entries;
}

void append_little_endian(std::string& out, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
        out += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace

bool is_acl_text(std::string_view text) {
    return parse(text).has_value();
}

std::string acl_of_text(std::string_view text, const std::string& path) {
    std::vector<TextEntry> entries = parse(text).value_or(std::vector<TextEntry>());
    for (TextEntry& entry : entries) {
        if (!entry.name.empty() && !entry.id)
            throw Error(Error::Parts{.object = path,
                                     .reason = "refused: its access control list names '" +
                                               std::string(entry.name) + "' without a number",
                                     .hint = "oci-pack and bsdtar write the numbers, GNU tar doesn't"});
        if (entry.name.empty())
            entry.id = static_cast<std::uint32_t>(ACL_UNDEFINED_ID);
    }
    std::sort(entries.begin(), entries.end(), [](const TextEntry& a, const TextEntry& b) {
        return std::tie(a.tag, a.id) < std::tie(b.tag, b.id);
    });
    std::string value;
    append_little_endian(value, POSIX_ACL_XATTR_VERSION, 4);
    for (const TextEntry& entry : entries) {
        append_little_endian(value, entry.tag, 2);
        append_little_endian(value, entry.permissions, 2);
        append_little_endian(value, *entry.id, 4);
    }
    return value;
}

}  // namespace ocikit::archive
