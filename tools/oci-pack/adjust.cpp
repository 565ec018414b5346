#include "oci-pack/adjust.hpp"

#include <charconv>
#include <ctime>
#include <string>
#include <utility>

#include <ocikit/error.hpp>

#include "common/command_line.hpp"

namespace ocikit::pack {

namespace {

constexpr const char* outside = "pack it outside of the namespace, or where all of its owners are mapped";

void refuse_unmapped(std::uint32_t id, std::optional<std::uint32_t> unmapped, const char* what,
                     const std::string& path, const char* option) {
    if (id == unmapped)
        throw Error(Error::Parts{.object = path,
                                 .reason = std::string("its ") + what +
                                           " isn't in this user namespace, where it shows as " +
                                           std::to_string(id),
                                 .hint = std::string(outside) + "; " + option + " gives all files one"});
}

std::uint32_t mapped(const archive::IdMap& map, std::uint32_t id, const char* what, const std::string& path) {
    // what access control lists have for those whom a user namespace doesn't have
    if (id == 0xffffffff)
        throw Error(Error::Parts{.object = path,
                                 .reason = std::string("its access control list names a ") + what +
                                           " that isn't in this user namespace",
                                 .hint = outside});
    if (const auto found = map.to_container(id))
        return *found;
    throw Error(Error::Parts{
        .object = path,
        .reason = std::string("its ") + what + " " + std::to_string(id) + " is in no range of the map",
        .hint = "--uid-map and --gid-map take CONTAINER:HOST:SIZE, and more than once"});
}

bool is_before(const timespec& a, const timespec& b) {
    return std::pair(a.tv_sec, a.tv_nsec) < std::pair(b.tv_sec, b.tv_nsec);
}

}  // namespace

std::optional<time_t> parse_seconds(std::string_view text) {
    time_t seconds = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), seconds);
    if (text.empty() || error != std::errc() || end != text.end())
        return std::nullopt;
    return seconds;
}

namespace {

std::optional<time_t> parse_date(const std::string& text) {
    // strptime(3) takes blanks and fewer digits as well
    std::string form = text;
    for (char& c : form)
        c = c >= '0' && c <= '9' ? '0' : c;
    const char* format = form == "0000-00-00"             ? "%Y-%m-%d"
                         : form == "0000-00-00T00:00:00Z" ? "%Y-%m-%dT%H:%M:%SZ"
                                                          : nullptr;
    std::tm time{};
    const char* end = format ? ::strptime(text.c_str(), format, &time) : nullptr;
    if (!end || *end != '\0')
        return std::nullopt;
    // there is no 30 February, which timegm(3) would make 1 or 2 March of
    const int day = time.tm_mday;
    const time_t seconds = ::timegm(&time);
    return time.tm_mday == day ? std::optional(seconds) : std::nullopt;
}

}  // namespace

void adjust(archive::Entry& entry, const Adjustments& adjustments) {
    if (!adjustments.owner)
        refuse_unmapped(entry.uid, adjustments.unmapped.user, "user", entry.path, "--owner");
    if (!adjustments.group)
        refuse_unmapped(entry.gid, adjustments.unmapped.group, "group", entry.path, "--group");
    archive::translate_ids(
        entry,
        {.user = [&](std::uint32_t id) { return mapped(adjustments.uid_map, id, "user", entry.path); },
         .group = [&](std::uint32_t id) { return mapped(adjustments.gid_map, id, "group", entry.path); }});
    entry.uid = adjustments.owner.value_or(entry.uid);
    entry.gid = adjustments.group.value_or(entry.gid);
    if (adjustments.mtime)
        entry.mtime = *adjustments.mtime;
    else if (adjustments.latest_mtime && is_before(*adjustments.latest_mtime, entry.mtime))
        entry.mtime = *adjustments.latest_mtime;
}

timespec parse_time(std::string_view option, std::string_view text) {
    const std::optional<time_t> seconds =
        text.starts_with('@') ? parse_seconds(text.substr(1)) : parse_date(std::string(text));
    if (!seconds)
        throw cli::UsageError(std::string(option) + ": '" + std::string(text) +
                              "' is neither @SECONDS nor YYYY-MM-DD nor YYYY-MM-DDTHH:MM:SSZ");
    return {.tv_sec = *seconds, .tv_nsec = 0};
}

}  // namespace ocikit::pack
