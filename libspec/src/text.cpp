#include <algorithm>
#include <numeric>

#include <ocikit/text.hpp>

namespace ocikit {

namespace {

bool continues(std::string_view text, std::size_t offset) {
    return offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xc0) == 0x80;
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return result;
}

// Letters to insert, delete, replace or swap with their neighbour (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = std::min(now[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, now);
    }
    return last[b.size()];
}

void append_escaped(std::string& out, unsigned char byte) {
    constexpr char digits[] = "0123456789abcdef";
    out += "\\x";
    out += digits[byte >> 4];
    out += digits[byte & 15];
}

// U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069: with them a line can be made to look like
// another one (Unicode TR 36, "Bidirectional Text Spoofing"), or to be two.
bool changes_order(std::string_view character) {
    if (character.size() != 3 || character[0] != '\xe2')
        return false;
    const auto second = static_cast<unsigned char>(character[1]);
    const auto third = static_cast<unsigned char>(character[2]);
    return (second == 0x80 && (third == 0x8e || third == 0x8f || (third >= 0xa8 && third <= 0xae))) ||
           (second == 0x81 && third >= 0xa6 && third <= 0xa9);
}

// The length of what can be shown as it is at an offset; 0: a control character or an invalid byte.
std::size_t printable_length(std::string_view text, std::size_t offset) {
    const auto byte = static_cast<unsigned char>(text[offset]);
    if (byte < 0x20 || byte == 0x7f)
        return 0;
    const std::size_t length = utf8_length(text, offset);
    const bool c1_control =
        byte == 0xc2 && length == 2 && static_cast<unsigned char>(text[offset + 1]) < 0xa0;
    return c1_control || changes_order(text.substr(offset, length)) ? 0 : length;
}

std::string escaped(std::string_view text, std::size_t most, std::string_view with_backslash) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (out.size() >= most)
            return out + "…";
        const std::size_t length = printable_length(text, i);
        if (length == 0)
            append_escaped(out, static_cast<unsigned char>(text[i]));
        else if (with_backslash.find(text[i]) != with_backslash.npos)
            out += '\\';
        out += text.substr(i, length);
        i += std::max<std::size_t>(length, 1);
    }
    return out;
}

}  // namespace

std::size_t utf8_length(std::string_view text, std::size_t offset) {
    const auto first = static_cast<unsigned char>(text[offset]);
    if (first < 0x80)
        return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!continues(text, offset + i))
            return 0;
    const auto second = static_cast<unsigned char>(text[offset + 1]);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool surrogate = first == 0xed && second > 0x9f;
    const bool beyond = first == 0xf4 && second > 0x8f;
    return overlong || surrogate || beyond ? 0 : length;
}

std::string printable(std::string_view text) {
    return escaped(text, std::string::npos, "");
}

std::string quoted(std::string_view text, std::size_t most) {
    return '"' + escaped(text, most, "\"\\") + '"';
}

std::string shown(std::string_view source, std::size_t most) {
    std::string line(source.substr(0, most + 1));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
    return escaped(line, most, "");
}

std::string one_of(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0)
            text += i + 1 == words.size() ? " or " : ", ";
        text += words[i];
    }
    return text;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
    constexpr std::size_t longest = 64;  // beyond it nothing was misspelt
    if (word.empty() || word.size() > longest)
        return {};
    const std::string wanted = lower(word);
    std::string_view best;
    std::size_t best_distance = 1 + std::clamp<std::size_t>(word.size() / 3, 1, 3);
    for (const std::string_view candidate : candidates) {
        const std::string known = lower(candidate);
        // the beginning of a word is as good as one mistake
        const bool begins = word.size() > 1 && known != wanted && known.starts_with(wanted);
        const std::size_t longer = std::max(known.size(), wanted.size());
        const std::size_t shorter = std::min(known.size(), wanted.size());
        if (!begins && longer - shorter >= best_distance)
            continue;
        const std::size_t distance = begins ? 1 : edit_distance(wanted, known);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace ocikit
