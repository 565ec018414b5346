#include "archive/reader_error.hpp"

namespace ocikit::archive {

namespace {

constexpr struct {
    std::string_view begin;
    std::string_view text;
} texts[] = {
    {"Truncated", "the archive is cut off in it"},
    {"Damaged tar archive", "the archive is damaged: what should be a header is none, or was changed"},
    {"Special header too large", "refused: its name or its records are longer than 1 MiB"},
    {"Too many special headers", "refused: it has more headers than anything needs"},
    {"Ignoring malformed pax", "refused: its records are damaged, or come twice"},
    {"Rejecting pax extended attribute", "refused: its records are damaged, or longer than 1 MiB"},
    {"Invalid pax extended attributes", "refused: its records are damaged"},
    {"Tar entry has negative size", "refused: its size is negative"},
    {"Tar size attribute is negative", "refused: its size is negative"},
    {"Tar entry size overflow", "refused: its size is larger than any file's"},
    {"Tar size attribute overflow", "refused: its size is larger than any file's"},
    {"Malformed sparse map data", "refused: the map of its holes is damaged"},
    {"Line too long", "refused: the map of its holes is damaged"},
    {"Unrecognized GNU sparse file format", "refused: it has holes in a way that isn't known"},
};

}  // namespace

std::string reader_error_text(std::string_view libarchive_text) {
    for (const auto& [begin, text] : texts) {
        if (libarchive_text.starts_with(begin))
            return std::string(text);
    }
    if (libarchive_text.empty())
        return "the archive is damaged or cut off";
    std::string text(libarchive_text);
    if (text[0] >= 'A' && text[0] <= 'Z')
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

}  // namespace ocikit::archive
