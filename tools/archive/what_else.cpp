#include "archive/what_else.hpp"

namespace ocikit::archive {

namespace {

using namespace std::string_view_literals;

constexpr struct {
    std::string_view magic;
    std::string_view name;
} compressed[] = {
    {"BZh"sv, "bzip2"},         {"\x04\x22\x4d\x18"sv, "lz4"}, {"LZIP"sv, "lzip"},
    {"\x1f\x9d"sv, "compress"}, {"\x5d\0\0"sv, "lzma"},        {"\x89LZO"sv, "lzop"},
};

constexpr struct {
    std::string_view magic;
    std::string_view name;
} formats[] = {
    {"PK\x03\x04"sv, "a zip archive"},
    {"PK\x05\x06"sv, "a zip archive"},
    {"7z\xbc\xaf\x27\x1c"sv, "a 7z archive"},
    {"07070"sv, "a cpio archive"},
    {"\xc7\x71"sv, "a cpio archive"},
    {"!<arch>\n"sv, "an ar archive"},
    {"xar!"sv, "a xar archive"},
    {"Rar!"sv, "a rar archive"},
    {"#mtree"sv, "an mtree specification"},
    {"#!"sv, "a script"},
    {"hsqs"sv, "a squashfs image"},
    {"\x1f\x8b"sv, "compressed twice"},
    {"\x28\xb5\x2f\xfd"sv, "compressed twice"},
    {"\xfd\x37zXZ\0"sv, "compressed twice"},
};

}  // namespace

std::string what_else(std::string_view begin) {
    if (begin.empty())
        return "it is empty";
    for (const auto& [magic, name] : compressed) {
        if (begin.starts_with(magic))
            return "it is compressed with " + std::string(name) + ", which is none of gzip, zstd and xz";
    }
    for (const auto& [magic, name] : formats) {
        if (begin.starts_with(magic))
            return "it is " + std::string(name) + ", not a tar archive";
    }
    return "it is not a tar archive";
}

}  // namespace ocikit::archive
