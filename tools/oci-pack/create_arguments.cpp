#include "oci-pack/create_arguments.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <thread>

namespace ocikit::pack {

namespace {

// More threads are hardly faster and take some 10 MB each.
int compression_threads() {
    return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 4u));
}

std::optional<std::uint32_t> id_of(const cli::Arguments& arguments, const std::string& option,
                                   const std::string& map) {
    const auto text = arguments.value(option);
    if (!text)
        return std::nullopt;
    if (!arguments.values(map).empty())
        throw cli::UsageError("--" + option + " and --" + map + " exclude each other");
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), id);
    if (error != std::errc() || end != text->data() + text->size() || id == 0xffffffff)
        throw cli::UsageError("option '--" + option + "': '" + *text + "' is no number of a user or group");
    return id;
}

}  // namespace

// https://reproducible-builds.org/specs/source-date-epoch/: a decimal number of seconds
std::optional<timespec> source_date_epoch() {
    const char* text = std::getenv("SOURCE_DATE_EPOCH");
    if (!text)
        return std::nullopt;
    const auto seconds = parse_seconds(text);
    if (!seconds)
        throw cli::UsageError("SOURCE_DATE_EPOCH: '" + std::string(text) +
                              "' is not a number of seconds since 1970");
    return timespec{.tv_sec = *seconds, .tv_nsec = 0};
}

Adjustments adjustments_of(const cli::Arguments& arguments) {
    Adjustments adjustments;
    adjustments.owner = id_of(arguments, "owner", "uid-map");
    adjustments.group = id_of(arguments, "group", "gid-map");
    for (const std::string& text : arguments.values("uid-map"))
        adjustments.uid_map.add("uid-map", text);
    for (const std::string& text : arguments.values("gid-map"))
        adjustments.gid_map.add("gid-map", text);
    if (const auto time = arguments.value("mtime"))
        adjustments.mtime = parse_time("option '--mtime'", *time);
    adjustments.latest_mtime = source_date_epoch();
    adjustments.unmapped = unmapped_ids();
    return adjustments;
}

int threads_of(const cli::Arguments& arguments) {
    const auto text = arguments.value("threads");
    if (!text)
        return compression_threads();
    int threads = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), threads);
    if (error != std::errc() || end != text->data() + text->size() || threads < 1 || threads > 256)
        throw cli::UsageError("option '--threads': '" + *text + "' is not a number from 1 to 256");
    return threads;
}

}  // namespace ocikit::pack
