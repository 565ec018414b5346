#include "archive/acl.hpp"

#include <algorithm>
#include <cstdint>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <optional>
#include <utility>
#include <vector>

#include "archive/acl_text.hpp"
#include "archive/tar_headers.hpp"

namespace ocikit::archive {

namespace {

// as linux/posix_acl_xattr.h has it, in the byte order of this machine
struct AclEntry {
    std::uint16_t tag;
    std::uint16_t permissions;
    std::uint32_t id;
};

std::uint32_t little_endian(std::string_view bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

// Of an attribute's value; what isn't a whole entry is left out.
std::vector<AclEntry> entries_of(std::string_view value) {
    std::vector<AclEntry> entries;
    for (std::size_t at = sizeof(posix_acl_xattr_header); at + sizeof(posix_acl_xattr_entry) <= value.size();
         at += sizeof(posix_acl_xattr_entry))
        entries.push_back({.tag = static_cast<std::uint16_t>(little_endian(value.substr(at, 2))),
                           .permissions = static_cast<std::uint16_t>(little_endian(value.substr(at + 2, 2))),
                           .id = little_endian(value.substr(at + 4, 4))});
    return entries;
}

}  // namespace

bool is_possible_acl(std::string_view value) {
    constexpr std::size_t header = sizeof(posix_acl_xattr_header);
    if (value.size() < header || (value.size() - header) % sizeof(posix_acl_xattr_entry) != 0 ||
        little_endian(value.substr(0, 4)) != POSIX_ACL_XATTR_VERSION)
        return false;
    const std::vector<AclEntry> entries = entries_of(value);
    const auto count = [&](std::uint16_t tag) {
        return std::count_if(entries.begin(), entries.end(),
                             [tag](const AclEntry& entry) { return entry.tag == tag; });
    };
    const auto is_good = [](const AclEntry& entry) {
        const bool has_id = entry.tag == ACL_USER || entry.tag == ACL_GROUP;
        return entry.permissions <= 7 &&
               !(has_id && entry.id == static_cast<std::uint32_t>(ACL_UNDEFINED_ID));
    };
    const auto all = count(ACL_USER_OBJ) + count(ACL_USER) + count(ACL_GROUP_OBJ) + count(ACL_GROUP) +
                     count(ACL_MASK) + count(ACL_OTHER);
    const bool needs_mask = count(ACL_USER) + count(ACL_GROUP) > 0;
    // none at all takes a file's list away
    return entries.empty() ||
           (all == std::ssize(entries) && count(ACL_USER_OBJ) == 1 && count(ACL_GROUP_OBJ) == 1 &&
            count(ACL_OTHER) == 1 && count(ACL_MASK) <= 1 && (count(ACL_MASK) == 1 || !needs_mask) &&
            std::all_of(entries.begin(), entries.end(), is_good) &&
            std::is_sorted(entries.begin(), entries.end(),
                           [](const AclEntry& a, const AclEntry& b) { return a.tag < b.tag; }));
}

namespace {

struct Permissions {
    unsigned user, group, other;
    std::optional<unsigned> mask;
};

// What isn't in the list is as the mode says.
Permissions permissions_of(mode_t mode, const std::string& acl) {
    Permissions result{.user = mode >> 6 & 7, .group = mode >> 3 & 7, .other = mode & 7, .mask = {}};
    for (const AclEntry& entry : entries_of(acl)) {
        if (entry.tag == ACL_USER_OBJ)
            result.user = entry.permissions;
        else if (entry.tag == ACL_GROUP_OBJ)
            result.group = entry.permissions;
        else if (entry.tag == ACL_OTHER)
            result.other = entry.permissions;
        else if (entry.tag == ACL_MASK)
            result.mask = entry.permissions;
    }
    return result;
}

mode_t with_permissions(mode_t mode, unsigned user, unsigned group, unsigned other) {
    return (mode & ~static_cast<mode_t>(0777)) | user << 6 | group << 3 | other;
}

}  // namespace

mode_t mode_with_acl(mode_t mode, const std::string& acl) {
    const Permissions found = permissions_of(mode, acl);
    return with_permissions(mode, found.user, found.mask.value_or(found.group), found.other);
}

mode_t mode_without_acl(mode_t mode, const std::string& acl) {
    const Permissions found = permissions_of(mode, acl);
    return with_permissions(mode, found.user, found.group & found.mask.value_or(7), found.other);
}

Xattrs acl_xattrs(std::string_view headers, const std::string& path) {
    Xattrs xattrs;
    // libarchive's own entries have ids up to 2^31 only, and lack what it didn't understand
    for (const auto& [record, name] :
         {std::pair(access_record, access_list), std::pair(default_record, default_list)}) {
        if (const auto text = last_record(headers, record))
            xattrs.emplace(name, acl_of_text(*text, path));
    }
    return xattrs;
}

bool is_only_mode(std::string_view value) {
    const std::vector<AclEntry> entries = entries_of(value);
    return std::none_of(entries.begin(), entries.end(), [](const AclEntry& entry) {
        return entry.tag == ACL_USER || entry.tag == ACL_GROUP || entry.tag == ACL_MASK;
    });
}

}  // namespace ocikit::archive
