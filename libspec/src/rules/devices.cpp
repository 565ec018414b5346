// Device nodes, and which devices the container may use.
#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include <ocikit/text.hpp>

#include "groups.hpp"
#include "values.hpp"

namespace ocikit {

namespace {

std::string device_pointer(std::size_t index) {
    return pointer_append("/linux/devices", index);
}

void check_types(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.linux.devices.size(); ++i)
        if (const std::string& type = rule.linux.devices[i].type;
            type.size() != 1 || std::string_view("cbup").find(type) == std::string_view::npos)
            rule.report(device_pointer(i) + "/type", quoted(type) + " is not one of c, b, u and p");
}

bool names_file(std::string_view path) {
    while (path.ends_with('/'))
        path.remove_suffix(1);
    const std::string_view leaf = path.substr(path.rfind('/') + 1);
    return !leaf.empty() && leaf != "." && leaf != "..";
}

void check_paths(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.linux.devices.size(); ++i)
        if (const std::string& path = rule.linux.devices[i].path; !path.starts_with('/'))
            rule.report(device_pointer(i) + "/path", quoted(path) + " is not an absolute path");
        else if (!names_file(path))
            rule.report(device_pointer(i) + "/path", quoted(path) + " is not the path of a file");
}

void check_numbers(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.linux.devices.size(); ++i) {
        const spec::Device& device = rule.linux.devices[i];
        if (device.type == "p")
            continue;
        for (const auto& [name, number] :
             {std::pair{"major", device.major}, std::pair{"minor", device.minor}}) {
            if (!number)
                rule.report(device_pointer(i), std::string("the property \"") + name + "\" is missing");
            else if (*number < 0 || *number > (std::string_view(name) == "major" ? 0xfff : 0xfffff))
                rule.report(pointer_append(device_pointer(i), name),
                            std::to_string(*number) + " is no number of a device");
        }
    }
}

void check_paths_twice(RuleContext& rule) {
    std::map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < rule.linux.devices.size(); ++i)
        if (const auto [first, is_new] = seen.emplace(clean_path(rule.linux.devices[i].path), i); !is_new)
            rule.report(device_pointer(i) + "/path",
                        "there is another device at " + quoted(rule.linux.devices[i].path),
                        device_pointer(first->second) + "/path", "the first one");
}

void check_devices_twice(RuleContext& rule) {
    std::map<std::tuple<std::string, std::int64_t, std::int64_t>, std::size_t> seen;
    for (std::size_t i = 0; i < rule.linux.devices.size(); ++i) {
        const spec::Device& device = rule.linux.devices[i];
        if (device.type == "p" || !device.major || !device.minor)
            continue;
        const std::tuple key(device.type == "u" ? "c" : device.type, *device.major, *device.minor);
        if (const auto [first, is_new] = seen.emplace(key, i); !is_new)
            rule.report(device_pointer(i), "the same device has another path too",
                        device_pointer(first->second), "the first one");
    }
}

void check_modes(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.linux.devices.size(); ++i)
        if (const auto mode = rule.linux.devices[i].fileMode; mode && *mode > 07777)
            rule.report(
                device_pointer(i) + "/fileMode",
                std::to_string(*mode) + " has bits that are not of a mode: it is decimal, 438 is 0666");
}

// config-linux.md#default-devices
struct DefaultDevice {
    std::string_view path;
    std::int64_t major, minor;
};
constexpr DefaultDevice defaults[] = {
    {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

void check_defaults(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.linux.devices.size(); ++i) {
        const spec::Device& device = rule.linux.devices[i];
        for (const DefaultDevice& known : defaults)
            if (clean_path(device.path) == known.path && device.major && device.minor &&
                (*device.major != known.major || *device.minor != known.minor || device.type == "b"))
                rule.report(device_pointer(i), "runtimes make another device at " + std::string(known.path));
    }
}

bool matches(const spec::DeviceRule& one, const spec::Device& device) {
    const std::string type = one.type.value_or("a");
    const auto fits = [](std::optional<std::int64_t> number, std::optional<std::int64_t> wanted) {
        return number.value_or(-1) == -1 || number == wanted;
    };
    return (type == "a" || type == (device.type == "u" ? "c" : device.type)) &&
           (type == "a" || (fits(one.major, device.major) && fits(one.minor, device.minor)));
}

// A node that the cgroup doesn't let be opened: the last rule for it counts.
void check_allowed(RuleContext& rule) {
    if (rule.resources.devices.empty())
        return;
    for (std::size_t i = 0; i < rule.linux.devices.size(); ++i) {
        const spec::Device& device = rule.linux.devices[i];
        const bool is_default =
            std::any_of(std::begin(defaults), std::end(defaults), [&device](const DefaultDevice& known) {
                return device.major == known.major && device.minor == known.minor;
            });
        if (device.type == "p" || is_default || !device.major || !device.minor)
            continue;
        bool allowed = true;
        for (const spec::DeviceRule& one : rule.resources.devices) {
            const std::string access = one.access.value_or("");
            if (matches(one, device) && (access.empty() || access.find_first_of("rw") != access.npos))
                allowed = one.allow;
        }
        if (!allowed)
            rule.report(device_pointer(i), "no rule of resources.devices allows to open it");
    }
}

void check_rule_types(RuleContext& rule) {
    const auto& rules = rule.resources.devices;
    for (std::size_t i = 0; i < rules.size(); ++i)
        if (const auto& type = rules[i].type; type && type != "a" && type != "b" && type != "c")
            rule.report(pointer_append("/linux/resources/devices", i) + "/type",
                        quoted(*type) + " is not one of a, b and c");
}

void check_rule_access(RuleContext& rule) {
    const auto& rules = rule.resources.devices;
    for (std::size_t i = 0; i < rules.size(); ++i)
        if (const auto& access = rules[i].access; access && access->find_first_not_of("rwm") != access->npos)
            rule.report(pointer_append("/linux/resources/devices", i) + "/access",
                        quoted(*access) + " is not made of r, w and m");
}

void check_all_allowed(RuleContext& rule) {
    const auto& rules = rule.resources.devices;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const spec::DeviceRule& one = rules[i];
        const std::string access = one.access.value_or("");
        const bool all =
            access.empty() || (access.find('r') != access.npos && access.find('w') != access.npos);
        if (one.allow && one.type.value_or("a") == "a" && one.major.value_or(-1) == -1 &&
            one.minor.value_or(-1) == -1 && all)
            rule.report(pointer_append("/linux/resources/devices", i),
                        "the container may read and write every device of the host, its disks included");
    }
}

constexpr Rule rules[] = {
    {.id = "devices/type",
     .summary = "the type of a device is c, b, u or p",
     .details = "c and u are character devices, b is a block device, p is a FIFO.",
     .source = "config-linux.md#devices, mknod(1)",
     .bad = R"({"linux": {"devices": [{"type": "char", "path": "/dev/fuse", "major": 10, "minor": 229}]}})",
     .good = R"({"linux": {"devices": [{"type": "c", "path": "/dev/fuse", "major": 10, "minor": 229}]}})",
     .runtime_refuses = true,
     .check = check_types},
    {.id = "devices/path-absolute",
     .summary = "the path of a device is absolute",
     .details = "It is the full path inside of the container, and need not be in /dev.",
     .source = "config-linux.md#devices",
     .bad = R"({"linux": {"devices": [{"type": "c", "path": "dev/fuse", "major": 10, "minor": 229}]}})",
     .good = R"({"linux": {"devices": [{"type": "c", "path": "/srv/fuse", "major": 10, "minor": 229}]}})",
     .runtime_refuses = true,
     .check = check_paths},
    {.id = "devices/numbers",
     .summary = "a device has a major and a minor number",
     .details = "Both are required but for a FIFO, and 0 is as good as any other.",
     .source = "config-linux.md#devices",
     .bad = R"({"linux": {"devices": [{"type": "c", "path": "/dev/fuse", "major": 10}]}})",
     .good =
         R"({"linux": {"devices": [{"type": "b", "path": "/dev/sda", "major": 8, "minor": 0}, {"type": "p", "path": "/dev/pipe"}]}})",
     .runtime_refuses = true,
     .check = check_numbers},
    {.id = "devices/path-duplicate",
     .summary = "no two devices have the same path",
     .details = "The second can't be made: there is a file at its path already, and it is another one.",
     .source = "config-linux.md#devices",
     .bad =
         R"({"linux": {"devices": [{"type": "c", "path": "/dev/a", "major": 1, "minor": 3}, {"type": "c", "path": "/dev//a", "major": 1, "minor": 5}]}})",
     .good =
         R"({"linux": {"devices": [{"type": "c", "path": "/dev/a", "major": 1, "minor": 3}, {"type": "c", "path": "/dev/b", "major": 1, "minor": 5}]}})",
     .runtime_refuses = true,
     .check = check_paths_twice},
    {.id = "devices/duplicate",
     .severity = Severity::warning,
     .summary = "no device has two paths",
     .details = "The same type, major and minor should not be used for several devices.",
     .source = "config-linux.md#devices",
     .bad =
         R"({"linux": {"devices": [{"type": "c", "path": "/dev/a", "major": 1, "minor": 3}, {"type": "u", "path": "/dev/b", "major": 1, "minor": 3}]}})",
     .good =
         R"({"linux": {"devices": [{"type": "c", "path": "/dev/a", "major": 1, "minor": 3}, {"type": "b", "path": "/dev/b", "major": 1, "minor": 3}]}})",
     .check = check_devices_twice},
    {.id = "devices/file-mode",
     .severity = Severity::warning,
     .summary = "the fileMode of a device is a mode",
     .details =
         "Permissions are at most 07777, which is 4095. Some engines write the bits of the type of the file "
         "too, which runtimes drop; a number that was meant to be octal is wrong.",
     .source = "config-linux.md#devices, mknod(2)",
     .bad =
         R"({"linux": {"devices": [{"type": "c", "path": "/dev/a", "major": 1, "minor": 3, "fileMode": 8630}]}})",
     .good =
         R"({"linux": {"devices": [{"type": "c", "path": "/dev/a", "major": 1, "minor": 3, "fileMode": 438}]}})",
     .check = check_modes},
    {.id = "devices/rule-type",
     .summary = "the type of a device rule is a, b or c",
     .details = "a, or no type, is for all devices; b for block and c for character devices.",
     .source = "config-linux.md#allowed-device-list",
     .bad = R"({"linux": {"resources": {"devices": [{"allow": false, "type": "all"}]}}})",
     .good = R"({"linux": {"resources": {"devices": [{"allow": false, "type": "a"}]}}})",
     .runtime_refuses = true,
     .check = check_rule_types},
    {.id = "devices/rule-access",
     .summary = "the access of a device rule is made of r, w and m",
     .details = "They are for reading, writing, and making nodes.",
     .source = "config-linux.md#allowed-device-list",
     .bad = R"({"linux": {"resources": {"devices": [{"allow": false, "access": "rwx"}]}}})",
     .good = R"({"linux": {"resources": {"devices": [{"allow": false, "access": "mr"}]}}})",
     .runtime_refuses = true,
     .check = check_rule_access},
    {.id = "devices/all-allowed",
     .severity = Severity::warning,
     .summary = "not every device is allowed",
     .details = "A container that may use all devices can read and write the host's disks and memory.",
     .source = "config-linux.md#allowed-device-list",
     .bad = R"({"linux": {"resources": {"devices": [{"allow": true, "access": "rwm"}]}}})",
     .good =
         R"({"linux": {"resources": {"devices": [{"allow": false}, {"allow": true, "type": "c", "access": "m"}]}}})",
     .check = check_all_allowed},
    {.id = "devices/default",
     .severity = Severity::warning,
     .summary = "no device is in the place of a default one",
     .details =
         "Runtimes must supply /dev/null, zero, full, random, urandom and tty by themselves. Which of the "
         "two is there in the end is up to the runtime.",
     .source = "config-linux.md#default-devices",
     .bad = R"({"linux": {"devices": [{"type": "c", "path": "/dev/null", "major": 1, "minor": 5}]}})",
     .good = R"({"linux": {"devices": [{"type": "c", "path": "/dev/null", "major": 1, "minor": 3}]}})",
     .check = check_defaults},
    {.id = "devices/not-allowed",
     .severity = Severity::warning,
     .summary = "a device may be opened",
     .details =
         "devices makes the node; to open it takes a rule in resources.devices that allows it. Without "
         "one the program gets EPERM.",
     .source = "config-linux.md#devices, config-linux.md#allowed-device-list",
     .bad =
         R"({"linux": {"devices": [{"type": "c", "path": "/dev/fuse", "major": 10, "minor": 229}], "resources": {"devices": [{"allow": false, "access": "rwm"}]}}})",
     .good =
         R"({"linux": {"devices": [{"type": "c", "path": "/dev/fuse", "major": 10, "minor": 229}], "resources": {"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rwm"}]}}})",
     .check = check_allowed},
};

}  // namespace

std::span<const Rule> device_rules() {
    return rules;
}

}  // namespace ocikit
