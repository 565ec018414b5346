#include <algorithm>
#include <charconv>

#include <ocikit/version.hpp>

namespace ocikit {

namespace {

bool is_number(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_identifier(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    });
}

bool has_leading_zero(std::string_view number) {
    return number.size() > 1 && number[0] == '0';
}

// Cuts off and returns what is before the first dot.
std::string_view next_part(std::string_view& text) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view part = text.substr(0, dot);
    text.remove_prefix(std::min(dot + 1, text.size()));
    return part;
}

// Dot-separated identifiers; numeric ones of a pre-release have no leading zeros (§9, §10).
bool are_identifiers(std::string_view text, bool prerelease) {
    if (text.empty() || text.ends_with('.'))
        return false;
    while (!text.empty()) {
        const std::string_view part = next_part(text);
        if (!is_identifier(part) || (prerelease && is_number(part) && has_leading_zero(part)))
            return false;
    }
    return true;
}

bool parse_number(std::string_view text, unsigned& number) {
    if (!is_number(text) || has_leading_zero(text))
        return false;
    return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
}

// §11.4
std::strong_ordering compare_identifiers(std::string_view a, std::string_view b) {
    const bool a_number = is_number(a);
    const bool b_number = is_number(b);
    if (a_number != b_number)
        return a_number ? std::strong_ordering::less : std::strong_ordering::greater;
    if (a_number && a.size() != b.size())
        return a.size() <=> b.size();
    return a <=> b;
}

std::strong_ordering compare_prereleases(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty())
        return b.size() <=> a.size();  // the release comes after its pre-releases
    while (!a.empty() && !b.empty())
        if (const auto order = compare_identifiers(next_part(a), next_part(b)); order != 0)
            return order;
    return a.size() <=> b.size();
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
    if (const std::size_t plus = text.find('+'); plus != text.npos) {
        if (!are_identifiers(text.substr(plus + 1), false))
            return std::nullopt;
        text = text.substr(0, plus);
    }
    Version version;
    if (const std::size_t dash = text.find('-'); dash != text.npos) {
        version.prerelease = text.substr(dash + 1);
        if (!are_identifiers(version.prerelease, true))
            return std::nullopt;
        text = text.substr(0, dash);
    }
    if (std::count(text.begin(), text.end(), '.') != 2)
        return std::nullopt;
    const bool valid = parse_number(next_part(text), version.major) &&
                       parse_number(next_part(text), version.minor) && parse_number(text, version.patch);
    return valid ? std::optional(version) : std::nullopt;
}

std::strong_ordering Version::operator<=>(const Version& other) const {
    if (const auto order = major <=> other.major; order != 0)
        return order;
    if (const auto order = minor <=> other.minor; order != 0)
        return order;
    if (const auto order = patch <=> other.patch; order != 0)
        return order;
    return compare_prereleases(prerelease, other.prerelease);
}

VersionBehavior behavior_of(const Version& version) {
    const Version v1_3{.major = 1, .minor = 3, .patch = 0, .prerelease = {}};
    return {.poststart_failure_is_error = version >= v1_3};
}

}  // namespace ocikit
