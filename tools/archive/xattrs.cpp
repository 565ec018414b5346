#include "archive/xattrs.hpp"

#include <cerrno>
#include <cstdint>
#include <linux/capability.h>
#include <linux/limits.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "archive/acl.hpp"
#include "archive/beneath.hpp"

namespace ocikit::archive {

namespace {

// Calls get(buffer, size) until its buffer is large enough for what it returns.
template <class Get>
ssize_t read_growing(std::string& buffer, Get get) {
    buffer.resize(256);
    for (;;) {
        const ssize_t size = get(buffer.data(), buffer.size());
        if (size >= 0 || errno != ERANGE)
            return size;
        buffer.resize(buffer.size() * 16);
    }
}

Error xattr_error(std::string operation, const std::string& path, const std::string& name) {
    const int code = errno;
    return Error(
        Error::Parts{.operation = std::move(operation) + " attribute " + name, .object = path, .code = code});
}

// capabilities(7): the form that files are given since version 2, with nothing but its one flag. The
// attribute's numbers are little-endian.
bool is_possible_capability(std::string_view value) {
    const auto number = [&](std::size_t at) {
        std::uint32_t result = 0;
        for (std::size_t i = 4; i-- > 0;)
            result = result << 8 | static_cast<unsigned char>(value[at + i]);
        return result;
    };
    if (value.size() != XATTR_CAPS_SZ_2 && value.size() != XATTR_CAPS_SZ_3)
        return false;
    const std::uint32_t version = number(0) & ~std::uint32_t{VFS_CAP_FLAGS_EFFECTIVE};
    // the user of version 3 is a number, not none
    return value.size() == XATTR_CAPS_SZ_2
               ? version == VFS_CAP_REVISION_2
               : version == VFS_CAP_REVISION_3 && number(value.size() - 4) != 0xffffffff;
}

}  // namespace

bool is_portable_xattr(const std::string& name) {
    return name == "security.capability" || name == access_list || name == default_list ||
           (name.starts_with("user.") && !name.starts_with("user.overlay.")) ||
           (name.starts_with("trusted.") && !name.starts_with("trusted.overlay."));
}

bool is_possible_xattr(const std::string& name, const std::string& value) {
    if (name.size() > XATTR_NAME_MAX || name.ends_with('.') || name.find('\0') != name.npos ||
        value.size() > XATTR_SIZE_MAX)
        return false;
    if (name == access_list || name == default_list)
        return is_possible_acl(value);
    if (name == "security.capability")
        return is_possible_capability(value);
    return true;
}

// xattr(7), acl(5)
bool is_possible_xattr_of(mode_t type, const std::string& name) {
    if (name.starts_with("user."))
        return S_ISREG(type) || S_ISDIR(type);
    if (name == default_list)
        return S_ISDIR(type);
    return name != access_list || !S_ISLNK(type);
}

Xattrs read_xattrs(int fd, Opened opened, const std::string& path) {
    const bool direct = opened == Opened::for_reading;
    const std::string file = direct ? std::string() : descriptor_path(fd);
    Xattrs xattrs;
    std::string names;
    const ssize_t size = read_growing(names, [&](char* to, std::size_t room) {
        return direct ? ::flistxattr(fd, to, room) : ::listxattr(file.c_str(), to, room);
    });
    if (size < 0) {
        if (errno == ENOTSUP)
            return xattrs;
        throw Error::last("list extended attributes", path);
    }
    std::string_view rest(names.data(), static_cast<std::size_t>(size));
    while (!rest.empty()) {
        const std::string name(rest.substr(0, rest.find('\0')));
        rest.remove_prefix(name.size() + 1);
        if (!is_portable_xattr(name))
            continue;
        std::string value;
        const ssize_t length = read_growing(value, [&](char* to, std::size_t room) {
            return direct ? ::fgetxattr(fd, name.c_str(), to, room)
                          : ::getxattr(file.c_str(), name.c_str(), to, room);
        });
        if (length < 0)
            throw xattr_error("read", path, name);
        value.resize(static_cast<std::size_t>(length));
        xattrs.emplace(name, std::move(value));
    }
    return xattrs;
}

bool set_xattr(int fd, const std::string& path, const std::string& name, const std::string& value) {
    if (::setxattr(descriptor_path(fd).c_str(), name.c_str(), value.data(), value.size(), 0) == 0)
        return true;
    if (errno == ENOTSUP || (errno == EPERM && ::geteuid() != 0))
        return false;
    throw xattr_error("set", path, name);
}

}  // namespace ocikit::archive
