// Devices, and what the control group allows of them.
#include <algorithm>
#include <filesystem>
#include <limits>

#include <ocikit/text.hpp>

#include "oci-gen/flags/groups.hpp"
#include "oci-gen/flags/host_device.hpp"
#include "oci-gen/values.hpp"

namespace ocikit::gen {

namespace {

bool is_access(std::string_view text) {
    return !text.empty() && text.find_first_not_of("rwm") == text.npos &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return std::count(text.begin(), text.end(), c) == 1; });
}

struct Request {
    std::string source;
    std::string path;
    std::string access = "rwm";
};

// HOST[:CONTAINER][:ACCESS], where the middle one may be left out.
Request parse_request(const std::string& value) {
    const std::vector<std::string> parts = split(value, ':');
    Request request{.source = parts[0], .path = parts[0]};
    bool valid = parts.size() <= 3 && parts[0].starts_with('/');
    if (valid && parts.size() == 2 && is_access(parts[1])) {
        request.access = parts[1];
    } else if (valid && parts.size() >= 2) {
        request.path = parts[1];
        valid = parts[1].starts_with('/');
    }
    if (valid && parts.size() == 3) {
        request.access = parts[2];
        valid = is_access(parts[2]);
    }
    if (!valid)
        throw unusable("device", "expected /HOST[:/CONTAINER][:ACCESS], access of r, w and m, found " +
                                     ocikit::quoted(value));
    return request;
}

void add_device(FlagContext& context, const HostDevice& device, const std::string& path,
                const std::string& access) {
    std::vector<spec::Device>& devices = context.linux().devices;
    std::erase_if(devices, [&](const spec::Device& other) { return other.path == path; });
    devices.push_back(node(device, path));
    context.resources().devices.push_back(
        {.allow = true, .type = device.type, .major = device.major, .minor = device.minor, .access = access});
}

void add_devices(FlagContext& context, const FlagValues& values) {
    for (const std::string& value : values) {
        const Request request = parse_request(value);
        std::error_code ignored;  // looking at the device will tell
        if (!std::filesystem::is_directory(request.source, ignored)) {
            add_device(context, host_device("device", request.source), request.path, request.access);
            continue;
        }
        const std::vector<NamedDevice> found = host_devices(request.source);
        if (found.empty())
            throw unusable("device", request.source + ": there is no device in this folder");
        for (const NamedDevice& device : found)
            add_device(context, device.device, request.path + device.path, request.access);
    }
}

// A number, or * for all.
std::optional<std::int64_t> device_number(const std::string& text) {
    if (text == "*")
        return std::nullopt;
    return parse_integer("device-cgroup-rule", text, 0, std::numeric_limits<std::uint32_t>::max());
}

void add_device_rules(FlagContext& context, const FlagValues& values) {
    for (const std::string& value : values) {
        const std::vector<std::string> parts = split(value, ' ');
        const std::vector<std::string> numbers = parts.size() == 3 ? split(parts[1], ':') : FlagValues();
        if (numbers.size() != 2 || (parts[0] != "a" && parts[0] != "b" && parts[0] != "c") ||
            !is_access(parts[2]))
            throw unusable(
                "device-cgroup-rule",
                "expected 'TYPE MAJOR:MINOR ACCESS', such as 'c 10:200 rwm', found " + ocikit::quoted(value));
        context.resources().devices.push_back({.allow = true,
                                               .type = parts[0],
                                               .major = device_number(numbers[0]),
                                               .minor = device_number(numbers[1]),
                                               .access = parts[2]});
    }
}

constexpr Flag flags[] = {
    {.option = {.name = "device",
                .argument = "/HOST[:/CONTAINER][:ACCESS]",
                .help =
                    "make a device of the host available, or all those in a folder; access is of r, w and "
                    "m (mknod)",
                .repeatable = true},
     .sets = "/linux/devices /linux/resources/devices",
     .apply = add_devices},
    {.option = {.name = "device-cgroup-rule",
                .argument = "RULE",
                .help = "allow access to devices: type a, b or c, MAJOR:MINOR, of which each may be *, and "
                        "access, such as 'c 10:200 rwm'",
                .repeatable = true},
     .sets = "/linux/resources/devices",
     .apply = add_device_rules},
};

}  // namespace

FlagGroup device_flags() {
    return {.title = "Devices", .flags = flags};
}

}  // namespace ocikit::gen
