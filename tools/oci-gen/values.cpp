#include "oci-gen/values.hpp"

#include <charconv>
#include <limits>

#include <ocikit/text.hpp>

#include "oci-gen/flag.hpp"

namespace ocikit::gen {

namespace {

constexpr std::size_t fraction_digits = 9;

cli::UsageError no_number(std::string_view option, std::string_view text, const char* example) {
    return unusable(option, quoted(text) + " is no " + example);
}

bool is_digits(std::string_view text) {
    return text.find_first_not_of("0123456789") == text.npos;
}

// whole.fraction times scale. 128 bits hold any product of 19 digits and 2^50.
std::optional<std::int64_t> scaled(std::string_view text, std::int64_t scale) {
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
    if ((whole.empty() && fraction.empty()) || !is_digits(whole) || !is_digits(fraction) ||
        whole.size() > 19 || fraction.size() > fraction_digits)
        return std::nullopt;
    __extension__ using Wide = unsigned __int128;
    Wide value = 0;
    Wide unit = 1;
    for (const char c : std::string(whole) + std::string(fraction))
        value = value * 10 + static_cast<unsigned>(c - '0');
    for (std::size_t i = 0; i < fraction.size(); ++i)
        unit *= 10;
    const Wide result = value * static_cast<Wide>(scale) / unit;
    if (result > static_cast<Wide>(std::numeric_limits<std::int64_t>::max()))
        return std::nullopt;
    return static_cast<std::int64_t>(result);
}

// k, kb, kib, … in either case; nothing if it is no unit.
std::optional<std::int64_t> unit_of(std::string_view suffix) {
    std::string unit;
    for (const char c : suffix)
        unit += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (unit.empty() || unit == "b")
        return 1;
    if (unit.size() > 1 && unit.substr(1) != "b" && unit.substr(1) != "ib")
        return std::nullopt;
    const std::size_t power = std::string_view("kmgtp").find(unit[0]);
    if (power == std::string_view::npos)
        return std::nullopt;
    return std::int64_t{1} << (10 * (power + 1));
}

}  // namespace

std::int64_t parse_integer(std::string_view option, std::string_view text, std::int64_t least,
                           std::int64_t most) {
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || end != text.data() + text.size() || status == std::errc::invalid_argument)
        throw no_number(option, text, "integer");
    if (status != std::errc() || value < least || value > most)
        throw unusable(option, std::string(text) + " is out of range, expected " + std::to_string(least) +
                                   " to " + std::to_string(most));
    return value;
}

std::int64_t parse_size(std::string_view option, std::string_view text) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
    std::string_view suffix = text.substr(end);
    if (suffix.starts_with(' '))
        suffix.remove_prefix(1);
    const auto unit = unit_of(suffix);
    const auto size = unit ? scaled(text.substr(0, end), *unit) : std::nullopt;
    if (!size)
        throw no_number(option, text, "size such as 512m or 1.5g");
    return *size;
}

std::int64_t parse_decimal(std::string_view option, std::string_view text, std::int64_t scale) {
    const auto value = scaled(text, scale);
    if (!value)
        throw no_number(option, text, "number such as 1.5");
    return *value;
}

std::uint32_t parse_mode(std::string_view option, std::string_view text) {
    std::uint32_t mode = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    if (text.empty() || status != std::errc() || end != text.data() + text.size() || mode > 07777)
        throw no_number(option, text, "mode such as 1777, in octal");
    return mode;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == text.npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string> split_commas(std::string_view option, std::string_view text) {
    std::vector<std::string> parts(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == ',') {
            parts.emplace_back();
        } else if (text[i] != '"' || !parts.back().empty()) {
            parts.back() += text[i];
        } else {
            for (++i; i < text.size() && (text[i] != '"' || text.substr(i, 2) == "\"\""); ++i) {
                parts.back() += text[i];
                i += text[i] == '"';
            }
            if (i == text.size() || (i + 1 < text.size() && text[i + 1] != ','))
                throw unusable(option, quoted(text) + ": a double quote has no partner before a comma");
        }
    }
    return parts;
}

std::pair<std::string, std::optional<std::string>> split_pair(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == text.npos)
        return {std::string(text), std::nullopt};
    return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

}  // namespace ocikit::gen
