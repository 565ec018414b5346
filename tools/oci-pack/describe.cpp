#include "oci-pack/describe.hpp"

#include <cstdio>
#include <string_view>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <boost/json/object.hpp>

#include <ocikit/text.hpp>

namespace ocikit::pack {

namespace {

constexpr struct {
    mode_t type;
    char letter;
    const char* name;
} types[] = {{S_IFREG, '-', "file"},   {S_IFDIR, 'd', "directory"},        {S_IFLNK, 'l', "symlink"},
             {S_IFIFO, 'p', "fifo"},   {S_IFCHR, 'c', "character device"}, {S_IFBLK, 'b', "block device"},
             {S_IFSOCK, 's', "socket"}};

bool is_device(const archive::Entry& entry) {
    return S_ISCHR(entry.mode) || S_ISBLK(entry.mode);
}

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
        text += "0123456789abcdef"[c & 15];
    }
    return text;
}

}  // namespace

std::string type_name(mode_t mode) {
    for (const auto& type : types) {
        if ((mode & S_IFMT) == type.type)
            return type.name;
    }
    return "unknown";
}

std::string mode_text(mode_t mode) {
    std::string text = "?";
    for (const auto& type : types) {
        if ((mode & S_IFMT) == type.type)
            text[0] = type.letter;
    }
    for (int bit = 8; bit >= 0; --bit)
        text += (mode >> bit & 1) != 0 ? "rwx"[(8 - bit) % 3] : '-';
    constexpr struct {
        mode_t bit;
        std::size_t at;
        char with;
        char without;
    } special[] = {{S_ISUID, 3, 's', 'S'}, {S_ISGID, 6, 's', 'S'}, {S_ISVTX, 9, 't', 'T'}};
    for (const auto& [bit, at, with, without] : special) {
        if ((mode & bit) != 0)
            text[at] = text[at] == 'x' ? with : without;
    }
    return text;
}

std::string permissions_text(mode_t mode) {
    char text[16];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
    return text;
}

std::string time_text(const timespec& time) {
    std::tm parts{};
    if (!::gmtime_r(&time.tv_sec, &parts))
        return "@" + std::to_string(time.tv_sec);
    char text[64];
    const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    std::string result(text, size);
    if (time.tv_nsec != 0) {
        char fraction[16];
        std::snprintf(fraction, sizeof fraction, ".%09ld", time.tv_nsec);
        result += fraction;
    }
    return result + "Z";
}

std::string device_text(dev_t device) {
    return std::to_string(major(device)) + ":" + std::to_string(minor(device));
}

std::string describe_line(const archive::Entry& entry) {
    const std::string size = is_device(entry) ? device_text(entry.device) : std::to_string(entry.size);
    const std::string owner = std::to_string(entry.uid) + ":" + std::to_string(entry.gid);
    char columns[160];
    std::snprintf(columns, sizeof columns, "%s %-11s %12s %s ",
                  entry.hard_link ? "h---------" : mode_text(entry.mode).c_str(), owner.c_str(), size.c_str(),
                  time_text(entry.mtime).c_str());
    std::string line = columns + printable(entry.path);
    if (entry.hard_link)
        line += " link to " + printable(entry.link);
    else if (S_ISLNK(entry.mode))
        line += " -> " + printable(entry.link);
    return line;
}

void add_name(boost::json::object& object, const char* key, const std::string& name) {
    const std::string shown = printable(name);
    object[key] = shown;
    if (shown != name)
        object[std::string(key) + "Hex"] = hex(name);
}

boost::json::object describe_json(const archive::Entry& entry) {
    boost::json::object object;
    add_name(object, "path", entry.path);
    object["type"] = entry.hard_link ? "hard link" : type_name(entry.mode);
    object["mode"] = permissions_text(entry.mode);
    object["uid"] = entry.uid;
    object["gid"] = entry.gid;
    object["mtime"] = time_text(entry.mtime);
    if (S_ISREG(entry.mode) && !entry.hard_link)
        object["size"] = entry.size;
    if (is_device(entry))
        object["device"] = device_text(entry.device);
    if (!entry.link.empty())
        add_name(object, "target", entry.link);
    if (!entry.xattrs.empty()) {
        boost::json::object xattrs;
        for (const auto& [name, value] : entry.xattrs)
            xattrs[printable(name)] = hex(value);
        object["xattrs"] = std::move(xattrs);
    }
    return object;
}

}  // namespace ocikit::pack
