#include "values.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace ocikit {

namespace {

// Cuts a number off the front.
bool take_number(std::string_view& text, std::uint32_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc())
        return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

// `N`, `N-M` or `N-M:USED/GROUP`
bool is_range(std::string_view text) {
    std::uint32_t first = 0, last = 0, used = 0, group = 0;
    if (!take_number(text, first))
        return false;
    if (text.empty())
        return true;
    if (text[0] != '-' || (text.remove_prefix(1), !take_number(text, last)) || last < first)
        return false;
    if (text.empty())
        return true;
    if (text[0] != ':' || (text.remove_prefix(1), !take_number(text, used)))
        return false;
    if (text.empty() || text[0] != '/' || (text.remove_prefix(1), !take_number(text, group)))
        return false;
    return text.empty() && group > 0 && used <= group;
}

}  // namespace

bool is_number_list(std::string_view text) {
    for (;;) {
        const std::size_t comma = text.find(',');
        if (!is_range(text.substr(0, comma)))
            return false;
        if (comma == text.npos)
            return true;
        text.remove_prefix(comma + 1);
    }
}

std::uint64_t greatest_number(std::string_view list) {
    std::uint64_t greatest = 0;
    while (!list.empty()) {
        std::string_view range = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), range.size() + 1));
        if (const auto dash = range.find('-'); dash != range.npos)
            range.remove_prefix(dash + 1);
        std::uint32_t last = 0;
        take_number(range, last);
        greatest = std::max<std::uint64_t>(greatest, last);
    }
    return greatest;
}

std::string clean_path(std::string_view path) {
    std::string clean;
    while (!path.empty()) {
        const std::string_view part = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), part.size() + 1));
        if (part == "..")
            clean.resize(clean.empty() ? 0 : clean.rfind('/'));
        else if (!part.empty() && part != ".")
            (clean += '/') += part;
    }
    return clean.empty() ? "/" : clean;
}

bool is_within(std::string_view path, std::string_view directory) {
    if (directory == "/" || path == directory)
        return true;
    return path.starts_with(directory) && path[directory.size()] == '/';
}

}  // namespace ocikit
