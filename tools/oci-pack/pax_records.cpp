#include "oci-pack/pax_records.hpp"

#include <cctype>
#include <charconv>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>

#include "archive/acl.hpp"

namespace ocikit::pack {

namespace {

std::uint32_t little_endian(std::string_view bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

constexpr struct {
    std::uint32_t tag;
    std::string_view word;
    bool has_id;
} acl_tags[] = {{ACL_USER_OBJ, "user:", false}, {ACL_USER, "user:", true},  {ACL_GROUP_OBJ, "group:", false},
                {ACL_GROUP, "group:", true},    {ACL_MASK, "mask:", false}, {ACL_OTHER, "other:", false}};

bool append_acl_entry(std::string& text, std::string_view entry) {
    for (const auto& [tag, word, has_id] : acl_tags) {
        if (tag != little_endian(entry.substr(0, 2)))
            continue;
        const std::uint32_t permissions = little_endian(entry.substr(2, 2));
        if (!text.empty())
            text += ',';
        text += word;
        if (has_id)
            text += std::to_string(little_endian(entry.substr(4, 4)));
        text += ':';
        text += (permissions & ACL_READ) != 0 ? 'r' : '-';
        text += (permissions & ACL_WRITE) != 0 ? 'w' : '-';
        text += (permissions & ACL_EXECUTE) != 0 ? 'x' : '-';
        return true;
    }
    return false;
}

bool is_hex(std::string_view text) {
    for (const char c : text) {
        if (std::isxdigit(static_cast<unsigned char>(c)) == 0)
            return false;
    }
    return true;
}

// A record's keyword can't have = in it, which GNU tar writes as %3D. A % is written as
// %25 only where readers would take it for such an escape: bsdtar knows none.
std::string keyword_of(const std::string& name) {
    std::string keyword = "SCHILY.xattr.";
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] == '=')
            keyword += "%3D";
        else if (name[i] == '%' && i + 2 < name.size() && is_hex(std::string_view(name).substr(i + 1, 2)))
            keyword += "%25";
        else
            keyword += name[i];
    }
    return keyword;
}

}  // namespace

void append_record(std::string& to, std::string_view key, std::string_view value) {
    const std::size_t rest = key.size() + value.size() + 3;  // blank, =, newline
    std::size_t size = rest + 1;
    char digits[20];
    char* end = nullptr;
    for (;;) {
        end = std::to_chars(digits, digits + sizeof digits, size).ptr;
        const std::size_t whole = rest + static_cast<std::size_t>(end - digits);
        if (whole == size)
            break;
        size = whole;
    }
    to.append(digits, end);
    to += ' ';
    to += key;
    to += '=';
    to += value;
    to += '\n';
}

std::string decimal_time(const timespec& time) {
    if (time.tv_nsec == 0)
        return std::to_string(time.tv_sec);
    const bool negative = time.tv_sec < 0;
    const time_t seconds = negative ? -(time.tv_sec + 1) : time.tv_sec;
    const long nanoseconds = negative ? 1'000'000'000 - time.tv_nsec : time.tv_nsec;
    std::string fraction = std::to_string(1'000'000'000 + nanoseconds).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return (negative ? "-" : "") + std::to_string(seconds) + '.' + fraction;
}

std::string acl_text(std::string_view attribute) {
    constexpr std::size_t header_size = 4;
    constexpr std::size_t entry_size = 8;
    if (attribute.size() < header_size || (attribute.size() - header_size) % entry_size != 0 ||
        little_endian(attribute.substr(0, header_size)) != POSIX_ACL_XATTR_VERSION)
        return {};
    std::string text;
    for (attribute.remove_prefix(header_size); !attribute.empty(); attribute.remove_prefix(entry_size)) {
        if (!append_acl_entry(text, attribute.substr(0, entry_size)))
            return {};
    }
    return text;
}

void append_xattrs(std::string& to, const archive::Xattrs& xattrs) {
    for (const auto& [attribute, key] : {std::pair(archive::access_list, "SCHILY.acl.access"),
                                         std::pair(archive::default_list, "SCHILY.acl.default")}) {
        const auto found = xattrs.find(attribute);
        if (found == xattrs.end())
            continue;
        if (const std::string text = acl_text(found->second); !text.empty())
            append_record(to, key, text);
    }
    for (const auto& [name, value] : xattrs)
        append_record(to, keyword_of(name), value);
}

}  // namespace ocikit::pack
