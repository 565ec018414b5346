#include "archive/header_check.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>

#include <ocikit/error.hpp>

#include "archive/acl_text.hpp"
#include "archive/tar_headers.hpp"

namespace ocikit::archive {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t magic_at = 257;
constexpr std::size_t prefix_at = 345;
constexpr std::size_t prefix_end = 500;
// of star: it has times behind the prefix, and this mark at the end
constexpr std::size_t star_prefix_end = prefix_at + 131;
constexpr std::size_t star_mark_at = 508;

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view without_sign(std::string_view text) {
    return text.substr(text.starts_with('-') ? 1 : 0);
}

// With a fraction or without, and not beyond the seconds that there are numbers for.
bool is_time(std::string_view text) {
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view seconds = text.substr(0, point);
    const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
    std::int64_t number = 0;
    return is_number(without_sign(seconds)) && (fraction.empty() || is_number(fraction)) &&
           std::from_chars(seconds.begin(), seconds.end(), number).ec == std::errc();
}

// A binary one of twelve bytes.
bool is_time_in_range(std::string_view header) {
    const std::string_view text = header.substr(mtime_field.at, mtime_field.size);
    const bool is_negative = text[4] & 0x80;
    const std::string_view begin = text.substr(0, 4);
    return (static_cast<unsigned char>(text[0]) & 0x80) == 0 ||
           begin == (is_negative ? "\xff\xff\xff\xff"sv : "\x80\0\0\0"sv);
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

bool is_acl(std::string_view key) {
    return key == access_record || key == default_record;
}

bool is_good_record(std::string_view key, std::string_view value) {
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
    if (is_acl(key))
        return is_acl_text(value);
    return true;
}

// GNU tar obeys records for all entries that follow, libarchive doesn't.
bool is_good_global_record(std::string_view key) {
    return is_one_of(key, {"comment", "hdrcharset", "GNU.volume.label"});
}

class HeaderCheck {
  public:
    explicit HeaderCheck(std::string_view name) : name_(name) {}

    void add(std::string_view header, std::string_view content) {
        for (const TarField& field : {mode_field, uid_field, gid_field, size_field, mtime_field})
            check_field(header, field);
        if (!is_time_in_range(header))
            refuse("its time is beyond all numbers");
        check_prefix(header);
        if (is_special_header(header))
            check_special(header, content);
        else
            check_own(header);
    }

    const HeaderFacts& facts() const { return facts_; }

  private:
    [[noreturn]] void refuse(const std::string& reason) const {
        throw Error(Error::Parts{.object = name_.empty() ? "an entry" : std::string(name_),
                                 .reason = "refused: " + reason});
    }

    void check_field(std::string_view header, const TarField& field) const {
        if (!is_number_field(header, field))
            refuse("its header has " + std::string(field.name) + " that isn't one");
    }

    // A part of the name, which not all readers take from headers of other kinds: GNU tar has
    // times there, and of a sparse file its map.
    void check_prefix(std::string_view header) const {
        const std::string_view magic = header.substr(magic_at, 8);
        const bool is_sparse = header[type_at] == 'S';
        if (is_sparse && magic != "ustar  \0"sv)
            refuse("it is a sparse file in the way of GNU tar, but its header isn't");
        if (!magic.starts_with("ustar\0"sv) && !is_sparse &&
            header.substr(prefix_at, prefix_end - prefix_at).find_first_not_of('\0') !=
                std::string_view::npos)
            refuse("its header has something where only some programs look for a part of the name");
        if (header.substr(star_mark_at) == "tar\0"sv && header[star_prefix_end - 1] != '\0')
            refuse("its header has a name without an end");
    }

    // Some readers take the first of two, some the last, and some forget the first.
    void check_special(std::string_view header, std::string_view content) {
        const char type = header[type_at];
        const bool has_other = type == 'x'   ? !seen_.empty()
                               : type == 'g' ? !seen_.empty()
                                             : seen_.find_first_of(std::string{'x', type}) != seen_.npos;
        if (has_other)
            refuse("it has several headers for the same");
        if (type != 'g')
            seen_ += type;
        if (type == 'x' || type == 'g')
            return check_records(content, type == 'g');
        const std::string_view name = content.substr(0, content.find('\0'));
        if (content.find_first_not_of('\0', name.size()) != std::string_view::npos)
            refuse("a NUL is in its long name");
    }

    void check_records(std::string_view records, bool global) {
        const bool whole = each_record(records, [&](std::string_view key, std::string_view value) {
            if (key == "size")
                size_record_ = value;
            facts_.has_map = facts_.has_map || key.starts_with("GNU.sparse.");
            facts_.has_acl = facts_.has_acl || is_acl(key);
            if (key == "SCHILY.acl.ace")
                refuse("it has an access control list of NFSv4");
            const std::string shown(key.substr(0, std::min<std::size_t>(key.find('\0'), 100)));
            if (global && !is_good_global_record(key))
                refuse("a record '" + shown + "' is before it, for all entries that follow");
            // the size with holes, which libarchive obeys, and of which no other reader knows
            if (key == "SCHILY.realsize")
                refuse("it is a sparse file in the way of star");
            if (!global && (key.find('\0') != key.npos || !is_good_record(key, value)))
                refuse("its record '" + shown + "' has no such value");
        });
        if (!whole)
            refuse("its records are damaged");
    }

    void check_own(std::string_view header) {
        check_type(header);
        const char type = header[type_at];
        facts_.type = type;
        facts_.has_map = facts_.has_map || type == 'S';
        if (type == '3' || type == '4') {
            if (!header.substr(magic_at).starts_with("ustar"))
                refuse("it is a device, but its header is older than those with numbers of devices");
            check_field(header, major_field);
            check_field(header, minor_field);
        }
        // some readers skip the content, and some take it for headers
        if ("123456"sv.find(type) != std::string_view::npos &&
            (field_number(header, size_field) != 0 ||
             size_record_.find_first_not_of('0') != std::string_view::npos))
            refuse("it has content, as only files can have");
        // a directory to some, and a file to others
        if (type == '0' && name_.ends_with('/'))
            refuse("it is a file with the name of a directory");
    }

    void check_type(std::string_view header) const {
        const char type = header[type_at];
        // S: a sparse file of GNU tar; 7: a file
        if ("01234567S\0"sv.find(type) != std::string_view::npos)
            return;
        const bool is_printable = type > ' ' && type < 0x7f;
        refuse("it is of the unknown type " + (is_printable
                                                   ? "'" + std::string(1, type) + "'"
                                                   : std::to_string(static_cast<unsigned char>(type))));
    }

    std::string_view name_;
    std::string seen_;  // types of the special headers before the entry
    std::string_view size_record_;
    HeaderFacts facts_;
};

}  // namespace

HeaderFacts check_headers(std::string_view headers, std::string_view name) {
    HeaderCheck check(name);
    each_header(headers,
                [&](std::string_view header, std::string_view content) { check.add(header, content); });
    return check.facts();
}

}  // namespace ocikit::archive
