#include "oci-pack/digest_lines.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <ocikit/error.hpp>

#include "archive/entry_path.hpp"

namespace ocikit::pack {

namespace {

constexpr std::size_t digits = 64;
constexpr std::string_view tar_mark = "# tar ";

// sha256sum(1): a line begins with a backslash if its name has characters written in this way.
constexpr std::pair<char, char> escapes[] = {{'\\', '\\'}, {'\n', 'n'}, {'\r', 'r'}};

std::string escaped(std::string_view name) {
    std::string text;
    for (const char c : name) {
        const auto* found = std::find_if(std::begin(escapes), std::end(escapes),
                                         [c](const auto& escape) { return escape.first == c; });
        text += found == std::end(escapes) ? std::string(1, c) : std::string{'\\', found->second};
    }
    return text;
}

std::string unescaped(std::string_view text) {
    std::string name;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
        const auto* found = std::find_if(std::begin(escapes), std::end(escapes),
                                         [next](const auto& escape) { return escape.second == next; });
        name += found == std::end(escapes) ? text[i] : found->first;
        i += found == std::end(escapes) ? 0 : 1;
    }
    return name;
}

bool is_digest(std::string_view text) {
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

struct Line {
    std::string_view digest;
    std::string name;
};

std::optional<Line> parse_line(std::string_view line) {
    constexpr std::string_view tag = "SHA256 (";
    constexpr std::string_view tag_end = ") = ";
    const bool is_escaped = line.starts_with('\\');
    line.remove_prefix(is_escaped ? 1 : 0);
    std::string_view digest = line.substr(0, digits);
    std::string_view name = line.substr(std::min(line.size(), digits + 2));  // two blanks, or one and `*`
    if (line.starts_with(tag) && line.size() > tag.size() + tag_end.size() + digits) {
        digest = line.substr(line.size() - digits);
        name = line.substr(tag.size(), line.size() - tag.size() - tag_end.size() - digits);
        if (!line.substr(tag.size() + name.size()).starts_with(tag_end))
            return std::nullopt;
    }
    if (!is_digest(digest) || line.size() < digits + 2)
        return std::nullopt;
    return Line{.digest = digest, .name = is_escaped ? unescaped(name) : std::string(name)};
}

}  // namespace

std::string digest_text(const Digests& digests, const std::string& archive) {
    const std::string name = archive == "-" ? "-" : std::string(archive::name_of(archive));
    const std::string text = escaped(name);
    return std::string(tar_mark) + digests.tar + "\n" + (text == name ? "" : "\\") + digests.file + "  " +
           text + "\n";
}

Digests find_digests(std::string_view text, std::string_view archive, const std::string& source) {
    std::string_view tar;
    Digests first;
    std::size_t files = 0;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.starts_with(tar_mark) && is_digest(line.substr(tar_mark.size())))
            tar = line.substr(tar_mark.size());
        const auto parsed = parse_line(line);
        if (!parsed)
            continue;
        Digests found{.tar = std::string(std::exchange(tar, {})), .file = std::string(parsed->digest)};
        if (archive::name_of(parsed->name) == archive::name_of(archive))
            return found;
        if (++files == 1)
            first = std::move(found);
    }
    if (files != 1)
        throw Error(Error::Parts{.object = source, .reason = "it has no digest of this archive"});
    return first;
}

}  // namespace ocikit::pack
