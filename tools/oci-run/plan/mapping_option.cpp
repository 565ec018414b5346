// The mapping of an ID-mapped mount as text, as crun takes it of podman's volumes.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include <ocikit/text.hpp>

#include "plan/mounts.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

using Mappings = std::vector<spec::IdMapping>;

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

// `FILESYSTEM-HOST-SIZE`
std::optional<spec::IdMapping> read_triplet(std::string_view text) {
    std::uint32_t numbers[3];
    const auto parts = split(text, '-');
    if (parts.size() != std::size(numbers))
        return {};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const char* const end = parts[i].data() + parts[i].size();
        const auto [stop, error] = std::from_chars(parts[i].data(), end, numbers[i]);
        if (error != std::errc{} || stop != end)
            return {};
    }
    if (numbers[2] == 0)
        return {};
    return spec::IdMapping{numbers[0], numbers[1], numbers[2]};
}

// What the container's own IDs are on the host.
void place_on_host(spec::IdMapping& mapping, const Mappings& containers, const std::string& pointer) {
    const std::uint64_t first = mapping.hostID, end = first + mapping.size;
    for (const auto& range : containers) {
        if (first < range.containerID || end > std::uint64_t{range.containerID} + range.size)
            continue;
        mapping.hostID = range.hostID + (mapping.hostID - range.containerID);
        return;
    }
    refuse(pointer, "the IDs from " + std::to_string(first) + " to " + std::to_string(end - 1) +
                        " are in no range of the container's user namespace, which @ is for");
}

}  // namespace

bool is_mapping_option(std::string_view text) {
    return text.starts_with("idmap=") || text.starts_with("ridmap=");
}

void add_mapping_option(MountStep& step, const std::string& text, const OptionPlace& place) {
    const std::string hint =
        "as in idmap=uids=0-1000-10#10-2000-5;gids=@0-0-10: first ID in the filesystem, first ID on the host "
        "(with @: in the container's user namespace), how many";
    const spec::Linux linux = place.config.linux.value_or(spec::Linux{});
    MountMapping mapping;
    mapping.recursive = text.starts_with('r');
    for (const std::string_view list : split(std::string_view(text).substr(text.find('=') + 1), ';')) {
        const bool users = list.starts_with("uids=");
        if (!users && !list.starts_with("gids="))
            refuse(place.pointer, ocikit::quoted(list) + " is neither uids=\u2026 nor gids=\u2026", hint);
        for (std::string_view range : split(list.substr(5), '#')) {
            const bool relative = range.starts_with('@');
            if (relative)
                range.remove_prefix(1);
            auto triplet = read_triplet(range);
            if (!triplet)
                refuse(place.pointer, ocikit::quoted(range) + " is no mapping", hint);
            if (relative)
                place_on_host(*triplet, users ? linux.uidMappings : linux.gidMappings, place.pointer);
            (users ? mapping.uids : mapping.gids).push_back(*triplet);
        }
    }
    if (mapping.uids.empty() || mapping.gids.empty())
        refuse(place.pointer, std::string(mapping.uids.empty() ? "uids" : "gids") + " is missing", hint);
    step.mapping = std::move(mapping);
}

}  // namespace ocikit::run
