#include "words.hpp"

#include <algorithm>
#include <numeric>

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

// Both for quoted() and shown(): everything a terminal takes as text, the rest escaped.
std::string printable(std::string_view text, std::size_t most, bool quote) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (out.size() >= most)
            return out + "…";
        const auto byte = static_cast<unsigned char>(text[i]);
        const std::size_t length = utf8_length(text, i);
        const bool c1_control = byte == 0xc2 && length == 2 && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (length == 0 || byte < 0x20 || byte == 0x7f || c1_control) {
            append_escaped(out, byte);
            ++i;
            continue;
        }
        if (quote && (byte == '"' || byte == '\\'))
            out += '\\';
        out += text.substr(i, length);
        i += length;
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

std::string quoted(std::string_view text, std::size_t most) {
    return '"' + printable(text, most, true) + '"';
}

std::string shown(std::string_view source, std::size_t most) {
    std::string line(source.substr(0, most + 1));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
    return printable(line, most, false);
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

std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
    const std::string wanted = lower(word.substr(0, 80));
    std::string_view best;
    std::size_t best_distance = 3;
    for (const std::string_view candidate : candidates) {
        const std::size_t longer = std::max(candidate.size(), wanted.size());
        const std::size_t shorter = std::min(candidate.size(), wanted.size());
        if (longer - shorter >= best_distance)
            continue;
        const std::size_t distance = edit_distance(wanted, lower(candidate));
        if (distance < best_distance && distance * 2 < shorter) {
            best = candidate;
            best_distance = distance;
        }
    }
    return std::string(best);
}

}  // namespace ocikit
