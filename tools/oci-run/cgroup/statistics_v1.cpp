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

json::array numbers(std::string_view text) {
    json::array values;
    for (const auto word : words_of(text)) {
        std::uint64_t value = 0;
        std::from_chars(word.data(), word.data() + word.size(), value);
        values.push_back(value);
    }
    return values;
}

json::object cpu_usage(const CgroupFiles& files) {
    json::object usage;
    add(usage, "total", files.number("cpuacct", "cpuacct.usage"));
    const std::string percpu = files.read("cpuacct", "cpuacct.usage_percpu");
    usage["percpu"] = numbers(percpu.substr(0, percpu.find('\n')));
    // `cpu user system`, a line each below the headings
    json::array kernel, user;
    const std::string all = files.read("cpuacct", "cpuacct.usage_all");
    for (const auto line : lines_of(all)) {
        const json::array row = numbers(line);
        if (row.size() != 3 || line.starts_with("cpu"))
            continue;
        user.push_back(row[1]);
        kernel.push_back(row[2]);
    }
    usage["percpu_kernel"] = std::move(kernel);
    usage["percpu_user"] = std::move(user);
    add(usage, "kernel", files.number("cpuacct", "cpuacct.usage_sys"));
    add(usage, "user", files.number("cpuacct", "cpuacct.usage_user"));
    return usage;
}

json::object throttling(const CgroupFiles& files) {
    json::object result;
    const auto stat = keyed_numbers(files.read("cpu", "cpu.stat"));
    for (const auto& [key, member] : {std::pair{"nr_periods", "periods"},
                                      {"nr_throttled", "throttledPeriods"},
                                      {"throttled_time", "throttledTime"}})
        if (const auto found = stat.find(key); found != stat.end())
            result[member] = found->second;
    return result;
}

json::object cpuset(const CgroupFiles& files) {
    json::object result;
    for (const char* const member : {"cpus", "mems"}) {
        const std::string text = files.read("cpuset", std::string("cpuset.") + member);
        if (!text.empty())
            result[member] = number_array(text);
    }
    for (const char* const member :
         {"cpu_exclusive", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page",
          "memory_spread_slab", "memory_pressure", "sched_load_balance"})
        add(result, member, files.number("cpuset", std::string("cpuset.") + member));
    return result;
}

json::object counter(const CgroupFiles& files, const std::string& prefix) {
    json::object result;
    add(result, "limit", files.number("memory", prefix + "limit_in_bytes"));
    add(result, "usage", files.number("memory", prefix + "usage_in_bytes"));
    add(result, "max", files.number("memory", prefix + "max_usage_in_bytes"));
    add(result, "failcnt", files.number("memory", prefix + "failcnt"));
    return result;
}

json::object memory(const CgroupFiles& files) {
    json::object result, raw;
    for (const auto& [key, value] : keyed_numbers(files.read("memory", "memory.stat")))
        raw[key] = value;
    if (const json::value* const cache = raw.if_contains("cache"))
        result["cache"] = *cache;
    result["usage"] = counter(files, "memory.");
    result["swap"] = counter(files, "memory.memsw.");
    result["kernel"] = counter(files, "memory.kmem.");
    result["kernelTCP"] = counter(files, "memory.kmem.tcp.");
    result["raw"] = std::move(raw);
    return result;
}

// `MAJOR:MINOR OPERATION VALUE`
json::array block_entries(const std::string& text) {
    json::array entries;
    for (const auto line : lines_of(text)) {
        const auto words = words_of(line);
        json::object entry;
        if (words.size() != 3 || !add_device(words[0], entry))
            continue;
        entry["op"] = std::string(words[1]);
        entry["value"] = numbers(words[2]).at(0);
        entries.push_back(std::move(entry));
    }
    return entries;
}

json::object blkio(const CgroupFiles& files) {
    const auto either = [&](const char* first, const char* second) {
        const std::string text = files.read("blkio", first);
        return block_entries(text.empty() ? files.read("blkio", second) : text);
    };
    json::object result;
    result["ioServiceBytesRecursive"] =
        either("blkio.throttle.io_service_bytes_recursive", "blkio.throttle.io_service_bytes");
    result["ioServicedRecursive"] =
        either("blkio.throttle.io_serviced_recursive", "blkio.throttle.io_serviced");
    for (const auto& [member, file] : {std::pair{"ioQueueRecursive", "io_queued_recursive"},
                                       {"ioServiceTimeRecursive", "io_service_time_recursive"},
                                       {"ioWaitTimeRecursive", "io_wait_time_recursive"},
                                       {"ioMergedRecursive", "io_merged_recursive"},
                                       {"ioTimeRecursive", "time_recursive"},
                                       {"sectorsRecursive", "sectors_recursive"}})
        result[member] =
            either((std::string("blkio.bfq.") + file).c_str(), (std::string("blkio.") + file).c_str());
    return result;
}

json::object hugetlb(const CgroupFiles& files) {
    json::object result;
    for (const auto& size : files.huge_page_sizes()) {
        json::object pages;
        add(pages, "usage", files.number("hugetlb", "hugetlb." + size + ".usage_in_bytes"));
        add(pages, "max", files.number("hugetlb", "hugetlb." + size + ".max_usage_in_bytes"));
        add(pages, "failcnt", files.number("hugetlb", "hugetlb." + size + ".failcnt"));
        result[size] = std::move(pages);
    }
    return result;
}

}  // namespace

json::object statistics_v1(const CgroupFiles& files) {
    return {{"cpu", {{"usage", cpu_usage(files)}, {"throttling", throttling(files)}}},
            {"cpuset", cpuset(files)},
            {"memory", memory(files)},
            {"pids", pids_statistics(files)},
            {"blkio", blkio(files)},
            {"hugetlb", hugetlb(files)},
            {"intel_rdt", json::object{}},
            {"network_interfaces", nullptr}};
}

}  // namespace ocikit::run
