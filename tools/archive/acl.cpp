#include "archive/acl.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <cstdint>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <optional>
#include <utility>
#include <vector>

#include <ocikit/error.hpp>

namespace ocikit::archive {

namespace {

struct AclEntry {
    std::uint16_t tag;
    std::uint16_t permissions;
    std::uint32_t id;
};

constexpr struct {
    int from;
    std::uint16_t tag;
} tags[] = {
    {ARCHIVE_ENTRY_ACL_USER_OBJ, ACL_USER_OBJ},   {ARCHIVE_ENTRY_ACL_USER, ACL_USER},
    {ARCHIVE_ENTRY_ACL_GROUP_OBJ, ACL_GROUP_OBJ}, {ARCHIVE_ENTRY_ACL_GROUP, ACL_GROUP},
    {ARCHIVE_ENTRY_ACL_MASK, ACL_MASK},           {ARCHIVE_ENTRY_ACL_OTHER, ACL_OTHER},
};

std::optional<AclEntry> convert(int permissions, int from, int id) {
    for (const auto& candidate : tags) {
        if (candidate.from != from)
            continue;
        const bool has_id = candidate.tag == ACL_USER || candidate.tag == ACL_GROUP;
        if (has_id && id < 0)
            return std::nullopt;
        return AclEntry{
            .tag = candidate.tag,
            .permissions = static_cast<std::uint16_t>(permissions & 7),
            .id = has_id ? static_cast<std::uint32_t>(id) : static_cast<std::uint32_t>(ACL_UNDEFINED_ID)};
    }
    return std::nullopt;
}

void append_little_endian(std::string& out, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
        out += static_cast<char>(value >> (8 * i) & 0xff);
}

std::vector<AclEntry> entries_of(archive_entry* from, int type, const std::string& path) {
    std::vector<AclEntry> entries;
    archive_entry_acl_reset(from, type);
    int found_type = 0;
    int permissions = 0;
    int tag = 0;
    int id = 0;
    const char* name = nullptr;
    while (archive_entry_acl_next(from, type, &found_type, &permissions, &tag, &id, &name) == ARCHIVE_OK) {
        const auto entry = convert(permissions, tag, id);
        if (!entry)
            throw Error(Error::Parts{.object = path,
                                     .reason = "refused: its access control list names '" +
                                               std::string(name ? name : "") + "' without a number"});
        entries.push_back(*entry);
    }
    // the kernel takes them in this order only
    std::sort(entries.begin(), entries.end(), [](const AclEntry& a, const AclEntry& b) {
        return std::pair(a.tag, a.id) < std::pair(b.tag, b.id);
    });
    return entries;
}

}  // namespace

Xattrs acl_xattrs(archive_entry* from, const std::string& path) {
    const int types = archive_entry_acl_types(from);
    if ((types & ARCHIVE_ENTRY_ACL_TYPE_NFS4) != 0)
        throw Error(
            Error::Parts{.object = path, .reason = "refused: it has an access control list of NFSv4"});
    Xattrs xattrs;
    for (const auto& [type, name] : {std::pair(ARCHIVE_ENTRY_ACL_TYPE_ACCESS, "system.posix_acl_access"),
                                     std::pair(ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, "system.posix_acl_default")}) {
        if ((types & type) == 0)
            continue;
        std::string value;
        append_little_endian(value, POSIX_ACL_XATTR_VERSION, 4);
        for (const AclEntry& entry : entries_of(from, type, path)) {
            append_little_endian(value, entry.tag, 2);
            append_little_endian(value, entry.permissions, 2);
            append_little_endian(value, entry.id, 4);
        }
        xattrs.emplace(name, std::move(value));
    }
    return xattrs;
}

}  // namespace ocikit::archive
