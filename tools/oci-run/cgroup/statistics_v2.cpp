#include <charconv>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cgroup/statistics_files.hpp"
#include "kernel/split.hpp"

namespace json = boost::json;

namespace ocikit::run {

namespace {

void add(json::object& object, const char* member, std::optional<std::uint64_t> value) {
    if (value)
        object[member] = *value;
}

// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and `full …` (accounting/psi.rst)
void add_pressure(json::object& object, const CgroupFiles& files, const std::string& file) {
    json::object pressure;
    const std::string text = files.read("", file);
    for (const auto line : lines_of(text)) {
        const auto words = words_of(line);
        json::object one;
        for (std::size_t i = 1; i < words.size(); ++i) {
            const std::size_t equals = words[i].find('=');
            if (equals == std::string_view::npos)
                continue;
            const std::string_view key = words[i].substr(0, equals), value = words[i].substr(equals + 1);
            double number = 0;
            std::from_chars(value.data(), value.data() + value.size(), number);
            if (key == "total")
                one[key] = static_cast<std::uint64_t>(number);
            else
                one[key] = number;
        }
        pressure[words[0]] = std::move(one);
    }
    if (!pressure.empty())
        object["psi"] = std::move(pressure);
}

json::object cpu(const CgroupFiles& files) {
    constexpr std::uint64_t nanoseconds = 1000;  // of a microsecond
    json::object usage, throttling;
    const auto stat = keyed_numbers(files.read("", "cpu.stat"));
    const auto copy = [&](const char* key, json::object& object, const char* member, std::uint64_t factor) {
        if (const auto found = stat.find(key); found != stat.end())
            object[member] = found->second * factor;
    };
    copy("usage_usec", usage, "total", nanoseconds);
    copy("system_usec", usage, "kernel", nanoseconds);
    copy("user_usec", usage, "user", nanoseconds);
    copy("nr_periods", throttling, "periods", 1);
    copy("nr_throttled", throttling, "throttledPeriods", 1);
    copy("throttled_usec", throttling, "throttledTime", nanoseconds);
    json::object result{{"usage", std::move(usage)}, {"throttling", std::move(throttling)}};
    add_pressure(result, files, "cpu.pressure");
    return result;
}

json::object cpuset(const CgroupFiles& files) {
    json::object result;
    for (const char* const member : {"cpus", "mems"}) {
        const std::string text = files.read("", "cpuset." + std::string(member) + ".effective");
        if (!text.empty())
            result[member] = number_array(text);
    }
    return result;
}

// Swap is told with memory, as v1 counts it.
json::object swap(const CgroupFiles& files, const json::object& usage) {
    json::object result;
    const auto sum = [&](const char* member, const std::string& file) {
        const auto alone = files.number("", file);
        const json::value* const memory = usage.if_contains(member);
        if (!alone || !memory)
            return;
        const auto of_memory = memory->to_number<std::uint64_t>();
        const bool unlimited = *alone == UINT64_MAX || of_memory == UINT64_MAX;
        result[member] = unlimited ? UINT64_MAX : *alone + of_memory;
    };
    sum("limit", "memory.swap.max");
    sum("usage", "memory.swap.current");
    return result;
}

json::object memory(const CgroupFiles& files) {
    json::object result, usage, raw;
    for (const auto& [key, value] : keyed_numbers(files.read("", "memory.stat")))
        raw[key] = value;
    if (const json::value* const cache = raw.if_contains("file"))
        result["cache"] = *cache;
    add(usage, "limit", files.number("", "memory.max"));
    add(usage, "usage", files.number("", "memory.current"));
    add(usage, "max", files.number("", "memory.peak"));
    const auto events = keyed_numbers(files.read("", "memory.events"));
    if (const auto found = events.find("max"); found != events.end())
        usage["failcnt"] = found->second;
    result["swap"] = swap(files, usage);
    result["usage"] = std::move(usage);
    result["raw"] = std::move(raw);
    add_pressure(result, files, "memory.pressure");
    return result;
}

// io.stat: `MAJOR:MINOR rbytes=N wbytes=N rios=N wios=N dbytes=N dios=N`
json::object blkio(const CgroupFiles& files) {
    json::array bytes, operations;
    const std::string text = files.read("", "io.stat");
    for (const auto line : lines_of(text)) {
        const auto words = words_of(line);
        json::object device;
        if (words.empty() || !add_device(words[0], device))
            continue;
        for (std::size_t i = 1; i < words.size(); ++i) {
            const std::size_t equals = words[i].find('=');
            const std::string_view key = words[i].substr(0, equals);
            const bool counts_bytes = key.ends_with("bytes");
            if (equals == std::string_view::npos || (!counts_bytes && !key.ends_with("ios")))
                continue;
            std::uint64_t value = 0;
            std::from_chars(words[i].data() + equals + 1, words[i].data() + words[i].size(), value);
            json::object entry = device;
            entry["op"] = key[0] == 'r' ? "Read" : key[0] == 'w' ? "Write" : "Discard";
            entry["value"] = value;
            (counts_bytes ? bytes : operations).push_back(std::move(entry));
        }
    }
    json::object result{{"ioServiceBytesRecursive", std::move(bytes)},
                        {"ioServicedRecursive", std::move(operations)}};
    add_pressure(result, files, "io.pressure");
    return result;
}

json::object hugetlb(const CgroupFiles& files) {
    json::object result;
    for (const auto& size : files.huge_page_sizes()) {
        json::object pages;
        add(pages, "usage", files.number("", "hugetlb." + size + ".current"));
        const auto events = keyed_numbers(files.read("", "hugetlb." + size + ".events"));
        if (const auto found = events.find("max"); found != events.end())
            pages["failcnt"] = found->second;
        result[size] = std::move(pages);
    }
    return result;
}

}  // namespace

json::object statistics_v2(const CgroupFiles& files) {
    return {{"cpu", cpu(files)},           {"cpuset", cpuset(files)},
            {"memory", memory(files)},     {"pids", pids_statistics(files)},
            {"blkio", blkio(files)},       {"hugetlb", hugetlb(files)},
            {"intel_rdt", json::object{}}, {"network_interfaces", nullptr}};
}

}  // namespace ocikit::run
