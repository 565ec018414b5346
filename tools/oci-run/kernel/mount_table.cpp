#include "kernel/mount_table.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "kernel/files.hpp"
#include "kernel/split.hpp"

namespace ocikit::run {

namespace {

// Spaces, tabs, line ends and backslashes come as three octal digits.
std::string unescape(std::string_view text) {
    const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
            is_octal(text[i + 3])) {
            plain +=
                static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0');
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

}  // namespace

std::vector<MountTableEntry> parse_mount_table(std::string_view text) {
    constexpr std::size_t root = 3, point = 4, first_optional = 6;
    std::vector<MountTableEntry> entries;
    for (const auto line : lines_of(text)) {
        const auto words = split(line, " ");
        // the optional fields end with a hyphen
        const auto hyphen =
            std::find(words.begin() + std::min(first_optional, words.size()), words.end(), "-");
        if (words.end() - hyphen < 2)
            continue;
        entries.push_back({unescape(words[root]), unescape(words[point]), std::string(hyphen[1])});
    }
    std::reverse(entries.begin(), entries.end());
    return entries;
}

std::vector<MountTableEntry> read_mount_table() {
    constexpr const char* path = "/proc/self/mountinfo";
    const UniqueFd fd = open_at(AT_FDCWD, path, O_RDONLY);
    std::string text;
    char part[65536];
    // a read ends with a line, not with the table
    for (;;) {
        const ssize_t n = ::read(fd.get(), part, sizeof part);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            throw Error::last("read", path);
        if (n == 0)
            return parse_mount_table(text);
        text.append(part, static_cast<std::size_t>(n));
    }
}

}  // namespace ocikit::run
