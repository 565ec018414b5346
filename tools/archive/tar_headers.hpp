// The headers of a tar archive as they are written, for what libarchive doesn't tell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace ocikit::archive {

constexpr std::size_t tar_block = 512;

// Where a header has a number; POSIX.1-2017, pax, "ustar Interchange Format".
struct TarField {
    std::size_t at;
    std::size_t size;
    const char* name;
};
constexpr TarField mode_field{100, 8, "a mode"};
constexpr TarField uid_field{108, 8, "an owner"};
constexpr TarField gid_field{116, 8, "a group"};
constexpr TarField size_field{124, 12, "a size"};
constexpr TarField mtime_field{136, 12, "a time"};
constexpr TarField major_field{329, 8, "a device number"};
constexpr TarField minor_field{337, 8, "a device number"};
constexpr std::size_t type_at = 156;

// If all readers see the same number there: octal digits after blanks, and before blanks or
// NULs; a binary number (GNU tar); or nothing but NULs, which is 0.
bool is_number_field(std::string_view header, const TarField& field);

// The number in such a field; UINT64_MAX if it is negative or larger than any.
std::uint64_t field_number(std::string_view header, const TarField& field);

// If the header is one of those before an entry's own: pax records, long names of GNU tar.
bool is_special_header(std::string_view header);

// Calls visit for each header with what belongs to it: the records, the long name; for the
// last one, which is the entry's own, all that follows. Throws Error if one of them isn't whole.
void each_header(std::string_view headers,
                 const std::function<void(std::string_view header, std::string_view content)>& visit);

// Calls visit for each of the pax records, "30 mtime=1795716579.852309396\n", where 30 is the
// length of it all. False if one isn't like that.
bool each_record(std::string_view records,
                 const std::function<void(std::string_view key, std::string_view value)>& visit);

// The value of the last record with that key among an entry's headers.
std::optional<std::string_view> last_record(std::string_view headers, std::string_view key);

}  // namespace ocikit::archive
