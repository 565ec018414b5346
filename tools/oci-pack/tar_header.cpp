#include "oci-pack/tar_header.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <ocikit/error.hpp>

#include "oci-pack/pax_records.hpp"

namespace ocikit::pack {

namespace {

constexpr std::size_t block = 512;
constexpr std::size_t most_name = 100;
constexpr std::size_t most_prefix = 155;
// what libarchive, and with it bsdtar and our reader, takes
constexpr std::size_t most_records = std::size_t{1} << 20;

// POSIX.1-2017, pax, "ustar Interchange Format"
struct Ustar {
    char name[most_name];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char checksum[8];
    char type;
    char link[most_name];
    char magic[6];
    char version[2];
    char user[32];
    char group[32];
    char major[8];
    char minor[8];
    char prefix[most_prefix];
    char rest[12];
};
static_assert(sizeof(Ustar) == block);

// Octal digits and a NUL. False, and zeros, if the number doesn't fit.
template <std::size_t Size>
bool put_number(char (&field)[Size], std::uint64_t value) {
    const bool fits = value >> (3 * (Size - 1)) == 0;
    if (!fits)
        value = 0;
    for (std::size_t i = Size - 1; i > 0; --i, value >>= 3)
        field[i - 1] = static_cast<char>('0' + (value & 7));
    return fits;
}

// False if it doesn't fit.
bool put_name(Ustar& header, std::string_view name) {
    if (name.size() <= most_name) {
        std::memcpy(header.name, name.data(), name.size());
        return true;
    }
    const std::size_t slash = name.find('/', std::max<std::size_t>(name.size() - most_name - 1, 1));
    if (slash == std::string_view::npos || slash > most_prefix || slash + 1 == name.size())
        return false;
    std::memcpy(header.prefix, name.data(), slash);
    std::memcpy(header.name, name.data() + slash + 1, name.size() - slash - 1);
    return true;
}

char type_of(const archive::Entry& entry) {
    if (entry.hard_link)
        return '1';
    switch (entry.mode & S_IFMT) {
        case S_IFLNK:
            return '2';
        case S_IFCHR:
            return '3';
        case S_IFBLK:
            return '4';
        case S_IFDIR:
            return '5';
        case S_IFIFO:
            return '6';
        default:
            return '0';
    }
}

std::string header_name(const archive::Entry& entry) {
    const std::string name = entry.path.empty() ? "." : entry.path;
    return !entry.hard_link && S_ISDIR(entry.mode) ? name + '/' : name;
}

std::string_view last_part(std::string_view path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// `directory/` and `file` as `directory/FOLDER/file`; or shorter, as nobody uses that name.
void put_name_in(Ustar& header, const archive::Entry& entry, std::string_view folder) {
    const std::string_view file = last_part(entry.path);
    std::string name = entry.path.substr(0, entry.path.size() - file.size());
    name.append(folder).append(file);
    if (!put_name(header, name)) {
        name = std::string(folder).append(file.substr(0, most_name - folder.size()));
        put_name(header, name);
    }
}

void append(Ustar& header, char type, std::string& to) {
    header.type = type;
    std::memcpy(header.magic, "ustar", 6);
    std::memset(header.version, '0', 2);
    std::memset(header.checksum, ' ', sizeof header.checksum);
    const auto* bytes = reinterpret_cast<const unsigned char*>(&header);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < sizeof header; ++i)
        sum += bytes[i];
    char digits[7] = {};
    put_number(digits, sum);
    std::memcpy(header.checksum, digits, sizeof digits);
    to.append(reinterpret_cast<const char*>(&header), sizeof header);
}

void pad(std::string& to, std::size_t size) {
    to.append(-size % block, '\0');
}

void append_records(const archive::Entry& entry, const std::string& records, std::string& to) {
    if (records.size() > most_records)
        throw Error(Error::Parts{.object = entry.path,
                                 .reason = "its extended attributes take more than 1 MiB in an archive"});
    Ustar header{};
    put_name_in(header, entry, "PaxHeader/");
    put_number(header.mode, 0644);
    put_number(header.uid, 0);
    put_number(header.gid, 0);
    put_number(header.size, records.size());
    put_number(header.mtime, 0);
    append(header, 'x', to);
    to += records;
    pad(to, records.size());
}

// GNU tar's format 1.0: numbers in decimal, a line each: how many extents, then offset and
// size of each. A file that ends in a hole has an empty one there.
std::string map_of(const archive::Entry& entry) {
    const auto& extents = *entry.extents;
    const bool ends_in_hole = extents.empty() || extents.back().offset + extents.back().size < entry.size;
    std::string map = std::to_string(extents.size() + (ends_in_hole ? 1 : 0)) + '\n';
    for (const archive::Extent& extent : extents)
        map += std::to_string(extent.offset) + '\n' + std::to_string(extent.size) + '\n';
    if (ends_in_hole)
        map += std::to_string(entry.size) + "\n0\n";
    pad(map, map.size());
    return map;
}

void append_sparse(const archive::Entry& entry, const std::string& name, std::string& records) {
    append_record(records, "GNU.sparse.major", "1");
    append_record(records, "GNU.sparse.minor", "0");
    append_record(records, "GNU.sparse.name", name);
    append_record(records, "GNU.sparse.realsize", std::to_string(entry.size));
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
}

// Fills in what fits; the rest becomes records.
void put_names(const archive::Entry& entry, Ustar& header, std::string& records) {
    const std::string name = header_name(entry);
    const bool name_fits = !entry.extents && put_name(header, name);
    const bool link_fits = entry.link.size() <= most_name;
    if ((!name_fits && !is_ascii(name)) || (!link_fits && !is_ascii(entry.link)))
        append_record(records, "hdrcharset", "BINARY");
    if (entry.extents) {
        put_name_in(header, entry, "GNUSparseFile/");
        append_sparse(entry, name, records);
    } else if (!name_fits) {
        const std::string_view file = last_part(entry.path);
        std::memcpy(header.name, file.data(), std::min(file.size(), most_name));
        append_record(records, "path", name);
    }
    std::memcpy(header.link, entry.link.data(), std::min(entry.link.size(), most_name));
    if (!link_fits)
        append_record(records, "linkpath", entry.link);
}

void put_numbers(const archive::Entry& entry, std::uint64_t size, Ustar& header, std::string& records) {
    put_number(header.mode, entry.mode & 07777);
    if (!put_number(header.size, size))
        append_record(records, "size", std::to_string(size));
    if (!put_number(header.uid, entry.uid))
        append_record(records, "uid", std::to_string(entry.uid));
    if (!put_number(header.gid, entry.gid))
        append_record(records, "gid", std::to_string(entry.gid));
    // a negative one is too large a number
    if (!put_number(header.mtime, static_cast<std::uint64_t>(entry.mtime.tv_sec)) || entry.mtime.tv_nsec != 0)
        append_record(records, "mtime", decimal_time(entry.mtime));
    const bool is_device = !entry.hard_link && (S_ISCHR(entry.mode) || S_ISBLK(entry.mode));
    // those of Linux fit: 12 and 20 bits
    put_number(header.major, is_device ? major(entry.device) : 0);
    put_number(header.minor, is_device ? minor(entry.device) : 0);
}

}  // namespace

void append_header(const archive::Entry& entry, std::string& to) {
    Ustar header{};
    std::string records;
    std::string map;
    if (entry.extents)
        map = map_of(entry);
    put_names(entry, header, records);
    put_numbers(entry, map.size() + content_size(entry), header, records);
    if (!entry.hard_link)
        append_xattrs(records, entry.xattrs);
    if (!records.empty())
        append_records(entry, records, to);
    append(header, type_of(entry), to);
    to += map;
}

std::uint64_t content_size(const archive::Entry& entry) {
    if (entry.hard_link || !S_ISREG(entry.mode))
        return 0;
    if (!entry.extents)
        return entry.size;
    std::uint64_t size = 0;
    for (const archive::Extent& extent : *entry.extents)
        size += extent.size;
    return size;
}

}  // namespace ocikit::pack
