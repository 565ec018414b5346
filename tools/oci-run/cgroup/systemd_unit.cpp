#include "cgroup/systemd_unit.hpp"

#include <bit>
#include <charconv>
#include <climits>
#include <cmath>
#include <limits>
#include <optional>

#include <ocikit/error.hpp>

#include "dbus/variant_text.hpp"
#include "kernel/files.hpp"
#include "plan/number_list.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

constexpr const char* path_pointer = "/linux/cgroupsPath";
constexpr std::string_view slice_suffix = ".slice";
constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

// In unit names other bytes are written as \x and two hexadecimal digits (systemd.unit(5)).
std::string escaped(const std::string& text) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
    constexpr char digits[] = "0123456789abcdef";
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (allowed.find(c) != std::string_view::npos)
            result += c;
        else
            result += std::string("\\x") + digits[byte >> 4] + digits[byte & 15];
    }
    return result;
}

void check_slice(const std::string& slice) {
    const std::string stem = slice.substr(0, slice.size() - std::min(slice.size(), slice_suffix.size()));
    const bool well_formed =
        slice.ends_with(slice_suffix) && slice.find('/') == std::string::npos && !stem.empty() &&
        (stem == "-" || (stem.front() != '-' && stem.back() != '-' && stem.find("--") == std::string::npos));
    if (!well_formed)
        refuse(path_pointer, "\"" + slice + "\" is not the name of a slice, as in user-web.slice");
}

// "a-b.slice" is in "a.slice" (systemd.slice(5)).
std::string expanded(const std::string& slice) {
    const std::string stem = slice.substr(0, slice.size() - slice_suffix.size());
    std::string path;
    if (stem == "-")
        return path;
    for (std::size_t end = 0; end != std::string::npos;) {
        end = stem.find('-', end == 0 ? 0 : end + 1);
        path += stem.substr(0, end) + std::string(slice_suffix) + "/";
    }
    return path;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

// A number of a control file; what is "max" there and "-1" is unlimited in systemd.
std::optional<std::uint64_t> limit(std::string_view text) {
    return text == "max" || text == "-1" ? unlimited : number(text);
}

struct LimitRow {
    const char* file;
    const char* property;
    std::uint64_t least;  // below it systemd takes none
};
constexpr LimitRow limit_rows[] = {
    {"memory.max", "MemoryMax", 1},
    {"memory.high", "MemoryHigh", 1},
    {"memory.low", "MemoryLow", 0},
    {"memory.min", "MemoryMin", 0},
    {"memory.swap.max", "MemorySwapMax", 0},
    {"memory.limit_in_bytes", "MemoryLimit", 1},
    {"pids.max", "TasksMax", 1},
    {"cpu.weight", "CPUWeight", 1},
    {"cpu.shares", "CPUShares", 2},
    {"blkio.weight", "BlockIOWeight", 10},
};

// The bits as bytes, the lowest first.
dbus::Value bit_mask(const CgroupWrite& write) {
    std::vector<dbus::Value> bytes;
    for (const unsigned long word : parse_number_list(write.text, write.pointer))
        for (unsigned shift = 0; shift < sizeof word * CHAR_BIT; shift += CHAR_BIT)
            bytes.push_back({"y", word >> shift & UCHAR_MAX});
    while (!bytes.empty() && bytes.back().number == 0)
        bytes.pop_back();
    return dbus::array("y", std::move(bytes));
}

struct CpuTime {
    std::optional<std::uint64_t> quota, period;

    void take(const CgroupWrite& write) {
        if (write.file == "cpu.cfs_quota_us")
            quota = limit(write.text);
        if (write.file == "cpu.cfs_period_us")
            period = number(write.text);
        if (write.file == "cpu.max") {
            const auto space = write.text.find(' ');
            quota = limit(std::string_view(write.text).substr(0, space));
            if (space != std::string::npos)
                period = number(std::string_view(write.text).substr(space + 1));
        }
    }

    void add_to(SystemdProperties& properties) const {
        if (period && *period != 0)
            properties.emplace_back("CPUQuotaPeriodUSec", dbus::uint64(*period));
        if (!quota || *quota == 0)
            return;
        std::uint64_t per_second = unlimited;
        if (*quota != unlimited) {
            // systemd keeps it in whole percents
            constexpr std::uint64_t second = 1000000, percent = second / 100;
            const std::uint64_t divisor = period.value_or(100000);
            per_second = divisor == 0 || *quota > unlimited / second ? unlimited : *quota * second / divisor;
            if (per_second != unlimited)
                per_second = (per_second + percent - 1) / percent * percent;
        }
        properties.emplace_back("CPUQuotaPerSecUSec", dbus::uint64(per_second));
    }
};

// The group of devices that a driver's name in /proc/devices stands for; "" if none has the number.
std::string device_group(char type, std::int64_t major) {
    const std::string table = read_at(AT_FDCWD, "/proc/devices");
    const auto blocks = table.find("Block devices:");
    std::string_view part = std::string_view(table).substr(type == 'b' ? blocks : 0);
    if (type == 'c')
        part = part.substr(0, blocks);
    while (!part.empty()) {
        std::string_view line = part.substr(0, part.find('\n'));
        part.remove_prefix(std::min(part.size(), line.size() + 1));
        while (line.starts_with(' '))
            line.remove_prefix(1);
        const auto space = line.find(' ');
        if (space != std::string_view::npos &&
            number(line.substr(0, space)) == static_cast<std::uint64_t>(major))
            return std::string(line.substr(space + 1));
    }
    return "";
}

std::string device_name(char type, const DeviceAccess& rule) {
    const std::string kind = type == 'b' ? "block" : "char";
    if (rule.major >= 0 && rule.minor >= 0)
        return "/dev/" + kind + "/" + std::to_string(rule.major) + ":" + std::to_string(rule.minor);
    const std::string group = rule.major >= 0 ? device_group(type, rule.major) : "";
    return kind + "-" + (group.empty() ? "*" : group);
}

dbus::Value seconds_as_microseconds(const dbus::Value& value, const std::string& annotation) {
    constexpr std::uint64_t second = 1000000;
    if (value.signature == "d") {
        const double seconds = std::bit_cast<double>(value.number);
        if (seconds >= 0 && seconds < 1e12)
            return dbus::uint64(static_cast<std::uint64_t>(std::llround(seconds * 1e6)));
    } else if (std::string_view("ynqiuxt").find(value.signature) != std::string_view::npos &&
               value.number <= unlimited / second) {
        return dbus::uint64(value.number * second);
    }
    throw Error({.object = "config.json: " + annotation, .reason = "not a number of seconds"});
}

}  // namespace

std::string SystemdUnit::cgroup() const {
    return is_slice() ? expanded(name).substr(0, expanded(name).size() - 1) : expanded(slice) + name;
}

SystemdUnit systemd_unit(const std::string* cgroups_path, const std::string& id, bool users_manager) {
    const std::string path = cgroups_path && !cgroups_path->empty() ? *cgroups_path : ":oci-run:" + id;
    const auto first = path.find(':');
    const auto second = first == std::string::npos ? first : path.find(':', first + 1);
    if (second == std::string::npos || path.find(':', second + 1) != std::string::npos)
        refuse(path_pointer,
               "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"" +
                   path + "\" instead");
    if (path.find('/') != std::string::npos)
        refuse(path_pointer, "\"" + path + "\" has a slash, and no unit of systemd can");
    const std::string prefix = path.substr(first + 1, second - first - 1);
    const std::string name = path.substr(second + 1);
    if (name.empty())
        refuse(path_pointer, "\"" + path + "\" names no unit");
    SystemdUnit unit{path.substr(0, first), name};
    if (unit.slice.empty())
        unit.slice = users_manager ? "user.slice" : "system.slice";
    check_slice(unit.slice);
    if (unit.is_slice())
        check_slice(unit.name);
    else
        unit.name = escaped((prefix.empty() ? "" : prefix + "-") + name) + ".scope";
    return unit;
}

SystemdProperties limit_properties(const std::vector<CgroupWrite>& limits, unsigned version) {
    SystemdProperties properties;
    CpuTime cpu;
    for (const auto& write : limits) {
        cpu.take(write);
        for (const auto& row : limit_rows)
            if (const auto value = write.file == row.file ? limit(write.text) : std::nullopt;
                value && *value >= row.least)
                properties.emplace_back(row.property, dbus::uint64(*value));
        // which systemd doesn't take; with init there it comes to the same
        if (write.file == "pids.max" && write.text == "0")
            properties.emplace_back("TasksMax", dbus::uint64(1));
        if (write.file == "cpu.idle" && write.text == "1" && version >= 252)
            properties.emplace_back("CPUWeight", dbus::uint64(0));
        if (write.file == "cpuset.cpus" || write.file == "cpuset.mems")
            properties.emplace_back(write.file == "cpuset.cpus" ? "AllowedCPUs" : "AllowedMemoryNodes",
                                    bit_mask(write));
        if (write.file == "memory.oom.group" && version >= 253)
            properties.emplace_back("OOMPolicy", dbus::string(write.text == "1" ? "kill" : "continue"));
    }
    cpu.add_to(properties);
    return properties;
}

SystemdProperties device_properties(const std::vector<DeviceAccess>& rules) {
    std::vector<dbus::Value> allowed;
    for (const auto& rule : rules) {
        if (!rule.allow)
            continue;
        if (rule.type == 'a' && rule.major < 0 && rule.minor < 0)
            return {{"DevicePolicy", dbus::string("auto")}};
        const std::string access = std::string(rule.access & DeviceAccess::read ? "r" : "") +
                                   (rule.access & DeviceAccess::write ? "w" : "") +
                                   (rule.access & DeviceAccess::mknod ? "m" : "");
        for (const char type : {'c', 'b'})
            if (rule.type == type || rule.type == 'a')
                allowed.push_back(
                    dbus::structure({dbus::string(device_name(type, rule)), dbus::string(access)}));
    }
    return {{"DevicePolicy", dbus::string("strict")},
            {"DeviceAllow", dbus::array("(ss)", std::move(allowed))}};
}

SystemdProperties annotated_properties(const std::map<std::string, std::string>& annotations) {
    constexpr std::string_view prefix = "org.systemd.property.";
    SystemdProperties properties;
    for (const auto& [key, text] : annotations) {
        if (!key.starts_with(prefix))
            continue;
        const std::string annotation = "/annotations/" + key;
        std::string name = key.substr(prefix.size());
        if (name.empty() ||
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") !=
                std::string::npos)
            throw Error({.object = "config.json: " + annotation,
                         .reason = "\"" + name + "\" is no name of a property"});
        dbus::Value value;
        try {
            value = dbus::parse_variant(text);
        } catch (const Error& error) {
            throw Error({.object = "config.json: " + annotation, .reason = error.what()});
        }
        if (name.ends_with("Sec") && !name.ends_with("USec")) {
            value = seconds_as_microseconds(value, annotation);
            name.replace(name.size() - 3, 3, "USec");
        }
        properties.emplace_back(name, std::move(value));
    }
    return properties;
}

}  // namespace ocikit::run
