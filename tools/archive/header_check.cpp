#include "archive/header_check.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <string>

#include <ocikit/error.hpp>

namespace ocikit::archive {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t block = 512;

struct Field {
    std::size_t at;
    std::size_t size;
    std::string_view name;
};
// POSIX.1-2017, pax, "ustar Interchange Format"
constexpr Field mode{100, 8, "a mode"};
constexpr Field uid{108, 8, "an owner"};
constexpr Field gid{116, 8, "a group"};
constexpr Field size_field{124, 12, "a size"};
constexpr Field mtime{136, 12, "a time"};
constexpr Field major_number{329, 8, "a device number"};
constexpr Field minor_number{337, 8, "a device number"};
constexpr std::size_t type_at = 156;

[[noreturn]] void refuse(std::string_view header, const std::string& reason) {
    const std::string_view name = header.substr(0, std::min<std::size_t>(header.find('\0'), 100));
    throw Error(Error::Parts{.object = name.empty() ? "an entry" : std::string(name),
                             .reason = "refused: " + reason});
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view without_sign(std::string_view text) {
    return text.substr(text.starts_with('-') ? 1 : 0);
}

// Octal digits between blanks or NULs, or a binary number (GNU tar), or nothing.
void check_field(std::string_view header, const Field& field) {
    const std::string_view text = header.substr(field.at, field.size);
    if ((static_cast<unsigned char>(text[0]) & 0x80) != 0)
        return;
    const std::size_t begin = std::min(text.find_first_not_of(" \0"sv), text.size());
    const std::size_t end = std::min(text.find_first_not_of("01234567", begin), text.size());
    if (text.find_first_not_of(" \0"sv, end) != std::string_view::npos)
        refuse(header, "its header has " + std::string(field.name) + " that isn't one");
}

std::size_t content_size(std::string_view header) {
    std::size_t size = 0;
    const std::string_view text = header.substr(size_field.at, size_field.size - 1);
    const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
    std::from_chars(text.begin() + begin, text.end(), size, 8);
    return size;
}

void check_type(std::string_view header) {
    const char type = header[type_at];
    // S: sparse, L and K: long names, of GNU tar; X: pax records, of Solaris; 7: a file
    if ("01234567SLKxXg\0"sv.find(type) != std::string_view::npos)
        return;
    const bool is_printable = type > ' ' && type < 0x7f;
    refuse(header,
           "it is of the unknown type " + (is_printable ? "'" + std::string(1, type) + "'"
                                                        : std::to_string(static_cast<unsigned char>(type))));
}

void check_header(std::string_view header) {
    check_type(header);
    for (const Field& field : {mode, uid, gid, size_field, mtime})
        check_field(header, field);
    if (header[type_at] == '3' || header[type_at] == '4') {
        check_field(header, major_number);
        check_field(header, minor_number);
    }
}

using Record = std::function<void(std::string_view key, std::string_view value)>;

// "30 mtime=1795716579.852309396\n", where 30 is the length of it all. False if one isn't like that.
bool each_record(std::string_view records, const Record& record) {
    while (!records.empty()) {
        std::size_t size = 0;
        const auto [end, error] = std::from_chars(records.begin(), records.end(), size);
        const auto begin = static_cast<std::size_t>(end - records.begin()) + 1;
        if (error != std::errc() || size <= begin || size > records.size() || *end != ' ' ||
            records[size - 1] != '\n')
            return false;
        const std::string_view text = records.substr(begin, size - begin - 1);
        const std::size_t equal = text.find('=');
        if (equal == std::string_view::npos)
            return false;
        record(text.substr(0, equal), text.substr(equal + 1));
        records.remove_prefix(size);
    }
    return true;
}

bool is_time(std::string_view text) {
    text = without_sign(text);
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
    return is_number(text.substr(0, point)) && (fraction.empty() || is_number(fraction));
}

// Numbers with commas between them: offset and size of each piece of a sparse file.
bool is_map(std::string_view text) {
    std::size_t count = 0;
    for (bool more = true; more; ++count) {
        const std::size_t comma = text.find(',');
        more = comma != std::string_view::npos;
        if (!is_number(text.substr(0, comma)))
            return false;
        text.remove_prefix(more ? comma + 1 : text.size());
    }
    return count % 2 == 0;
}

bool is_one_of(std::string_view key, std::initializer_list<std::string_view> keys) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool is_good_record(std::string_view key, std::string_view value) {
    if (key.find('\0') != std::string_view::npos)
        return false;
    if (is_one_of(key, {"path", "linkpath", "GNU.sparse.name"}))
        return !value.empty() && value.find('\0') == std::string_view::npos;
    if (key == "mtime")
        return is_time(value);
    if (is_one_of(key, {"uid", "gid"}))
        return is_number(without_sign(value));
    if (key == "GNU.sparse.map")
        return is_map(value);
    if (is_one_of(key, {"size", "GNU.sparse.size", "GNU.sparse.realsize", "GNU.sparse.offset",
                        "GNU.sparse.numbytes", "GNU.sparse.numblocks", "SCHILY.devmajor", "SCHILY.devminor"}))
        return is_number(value);
    return true;
}

// GNU tar obeys records for all entries that follow, libarchive doesn't.
bool is_good_global_record(std::string_view key) {
    return key == "comment" || key == "hdrcharset";
}

void check_records(std::string_view header, std::string_view records) {
    const bool global = header[type_at] == 'g';
    const bool whole = each_record(records, [&](std::string_view key, std::string_view value) {
        if (global && !is_good_global_record(key))
            refuse(header,
                   "it has a record '" + std::string(key.substr(0, 100)) + "' for all entries that follow");
        if (!global && !is_good_record(key, value))
            refuse(header, "its record '" +
                               std::string(key.substr(0, std::min<std::size_t>(key.find('\0'), 100))) +
                               "' has no such value");
    });
    if (!whole)
        refuse(header, "its records are damaged");
}

// Calls visit for each header with what belongs to it; the last one is the entry's own.
void each_header(std::string_view headers, const Record& visit) {
    while (headers.size() >= block) {
        const std::string_view header = headers.substr(0, block);
        const bool is_last = "xXgLK"sv.find(header[type_at]) == std::string_view::npos;
        const std::size_t size = is_last ? 0 : content_size(header);
        headers.remove_prefix(block);
        if (size > headers.size())
            throw Error("the archive is damaged or cut off");
        visit(header, headers.substr(0, size));
        if (is_last)
            return;
        headers.remove_prefix(std::min(headers.size(), (size + block - 1) / block * block));
    }
    throw Error("the archive is damaged or cut off");
}

bool has_records(std::string_view header) {
    return "xXg"sv.find(header[type_at]) != std::string_view::npos;
}

}  // namespace

void check_headers(std::string_view headers) {
    each_header(headers, [](std::string_view header, std::string_view content) {
        check_header(header);
        if (has_records(header))
            check_records(header, content);
    });
}

std::string_view mtime_record(std::string_view headers) {
    std::string_view found;
    each_header(headers, [&](std::string_view header, std::string_view content) {
        if (!has_records(header) || header[type_at] == 'g')
            return;
        each_record(content, [&](std::string_view key, std::string_view value) {
            if (key == "mtime")
                found = value;
        });
    });
    return found;
}

}  // namespace ocikit::archive
