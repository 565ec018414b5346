#include <cmath>

#include <ocikit/error.hpp>

#include "cgroup/resources.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

constexpr const char* base = "/linux/resources/";

using Writes = std::vector<CgroupWrite>;

void add(Writes& writes, std::string controller, std::string file, std::string text,
         const std::string& property) {
    writes.push_back({std::move(controller), std::move(file), std::move(text), base + property});
}

[[noreturn]] void refuse_v1_only(const char* property) {
    refuse(std::string(base) + property, "cgroup v2 has nothing like it", "remove the property");
}

std::string limit_text(std::int64_t limit) {
    return limit < 0 ? "max" : std::to_string(limit);
}

// config-linux.md#memory counts memory and swap together, v2 swap alone.
std::string swap_text(const spec::Memory& memory) {
    if (*memory.swap < 0)
        return "max";
    if (!memory.limit || *memory.limit < 0)
        refuse(std::string(base) + "memory/swap",
               "needs a memory limit beside it: it is the sum of memory and swap");
    if (*memory.swap < *memory.limit)
        refuse(std::string(base) + "memory/swap",
               std::to_string(*memory.swap) + " is below the memory limit " + std::to_string(*memory.limit));
    return std::to_string(*memory.swap - *memory.limit);
}

void add_memory(const spec::Memory& memory, Writes& writes) {
    if (memory.kernel)
        refuse_v1_only("memory/kernel");
    if (memory.kernelTCP)
        refuse_v1_only("memory/kernelTCP");
    if (memory.swappiness)
        refuse_v1_only("memory/swappiness");
    if (memory.disableOOMKiller.value_or(false))
        refuse_v1_only("memory/disableOOMKiller");
    if (memory.useHierarchy && !*memory.useHierarchy)
        refuse(std::string(base) + "memory/useHierarchy", "cgroup v2 is always hierarchical");
    if (memory.swap)
        add(writes, "memory", "memory.swap.max", swap_text(memory), "memory/swap");
    if (memory.limit)
        add(writes, "memory", "memory.max", limit_text(*memory.limit), "memory/limit");
    if (memory.reservation)
        add(writes, "memory", "memory.low", limit_text(*memory.reservation), "memory/reservation");
}

void add_cpu(const spec::Cpu& cpu, Writes& writes) {
    if (cpu.realtimeRuntime)
        refuse_v1_only("cpu/realtimeRuntime");
    if (cpu.realtimePeriod)
        refuse_v1_only("cpu/realtimePeriod");
    if (cpu.idle)
        add(writes, "cpu", "cpu.idle", std::to_string(*cpu.idle), "cpu/idle");
    // an idle cgroup takes no weight
    if (cpu.shares && cpu.idle.value_or(0) == 0)
        add(writes, "cpu", "cpu.weight", std::to_string(cpu_weight(*cpu.shares)), "cpu/shares");
    if (cpu.quota || cpu.period)
        add(writes, "cpu", "cpu.max",
            (cpu.quota.value_or(-1) <= 0 ? "max" : std::to_string(*cpu.quota)) + " " +
                std::to_string(cpu.period.value_or(100000)),
            cpu.quota ? "cpu/quota" : "cpu/period");
    if (cpu.burst)
        add(writes, "cpu", "cpu.max.burst", std::to_string(*cpu.burst), "cpu/burst");
    if (cpu.cpus && !cpu.cpus->empty())
        add(writes, "cpuset", "cpuset.cpus", *cpu.cpus, "cpu/cpus");
    if (cpu.mems && !cpu.mems->empty())
        add(writes, "cpuset", "cpuset.mems", *cpu.mems, "cpu/mems");
}

// blkio.weight 10 to 1000 as io.weight 1 to 10000.
std::string io_weight(std::uint16_t weight) {
    return std::to_string(1 + (weight - 10) * 9999 / 990);
}

void add_weight(Writes& writes, const std::string& prefix, std::uint16_t weight,
                const std::string& property) {
    if (weight < 10 || weight > 1000)
        refuse(base + property, std::to_string(weight) + " is not within 10 and 1000");
    add(writes, "io", "io.bfq.weight", prefix + std::to_string(weight), property);
    writes.back().otherwise = "io.weight";
    writes.back().otherwise_text = prefix + io_weight(weight);
}

void add_throttle(Writes& writes, const std::vector<spec::ThrottleDevice>& devices, const char* key,
                  const char* property) {
    for (std::size_t i = 0; i < devices.size(); ++i) {
        const std::uint64_t rate = devices[i].rate.value_or(0);
        add(writes, "io", "io.max",
            std::to_string(devices[i].major) + ":" + std::to_string(devices[i].minor) + " " + key + "=" +
                (rate == 0 ? "max" : std::to_string(rate)),
            std::string("blockIO/") + property + "/" + std::to_string(i));
    }
}

void add_block_io(const spec::BlockIo& io, Writes& writes) {
    if (io.leafWeight)
        refuse_v1_only("blockIO/leafWeight");
    if (io.weight && *io.weight != 0)
        add_weight(writes, "default ", *io.weight, "blockIO/weight");
    for (std::size_t i = 0; i < io.weightDevice.size(); ++i) {
        const spec::WeightDevice& device = io.weightDevice[i];
        const std::string property = "blockIO/weightDevice/" + std::to_string(i);
        if (device.leafWeight)
            refuse_v1_only((property + "/leafWeight").c_str());
        if (device.weight)
            add_weight(writes, std::to_string(device.major) + ":" + std::to_string(device.minor) + " ",
                       *device.weight, property + "/weight");
    }
    add_throttle(writes, io.throttleReadBpsDevice, "rbps", "throttleReadBpsDevice");
    add_throttle(writes, io.throttleWriteBpsDevice, "wbps", "throttleWriteBpsDevice");
    add_throttle(writes, io.throttleReadIOPSDevice, "riops", "throttleReadIOPSDevice");
    add_throttle(writes, io.throttleWriteIOPSDevice, "wiops", "throttleWriteIOPSDevice");
}

void add_rdma(const std::string& name, const spec::Rdma& limit, Writes& writes) {
    std::string text = name;
    if (limit.hcaHandles)
        text += " hca_handle=" + std::to_string(*limit.hcaHandles);
    if (limit.hcaObjects)
        text += " hca_object=" + std::to_string(*limit.hcaObjects);
    add(writes, "rdma", "rdma.max", text, "rdma/" + name);
}

void add_unified(const std::string& key, const std::string& value, Writes& writes) {
    const auto dot = key.find('.');
    if (key.find('/') != std::string::npos || dot == std::string::npos || dot == 0)
        refuse("/linux/resources/unified", "\"" + key + "\" is no file of a cgroup, as in \"memory.high\"");
    const std::string controller = key.substr(0, dot);
    add(writes, controller == "cgroup" ? "" : controller, key, value, "unified/" + key);
}

}  // namespace

unsigned cpu_weight(std::uint64_t shares) {
    if (shares <= 2)
        return 1;
    if (shares >= 262144)
        return 10000;
    // a parabola through the two ends and the two defaults, on logarithmic scales
    const double l = std::log2(static_cast<double>(shares));
    return static_cast<unsigned>(std::ceil(std::pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0)));
}

std::vector<CgroupWrite> resource_writes_v2(const spec::Resources& given) {
    const spec::Resources resources = without_zeros(given);
    Writes writes;
    // Alone it is no left-over of a caller who writes every number: no swap at all.
    if (given.memory && given.memory->swap == 0 && !given.memory->limit)
        add(writes, "memory", "memory.swap.max", "0", "memory/swap");
    if (resources.memory)
        add_memory(*resources.memory, writes);
    if (resources.cpu)
        add_cpu(*resources.cpu, writes);
    if (resources.pids)
        add(writes, "pids", "pids.max", limit_text(resources.pids->limit), "pids/limit");
    if (resources.blockIO)
        add_block_io(*resources.blockIO, writes);
    for (std::size_t i = 0; i < resources.hugepageLimits.size(); ++i) {
        const spec::HugepageLimit& limit = resources.hugepageLimits[i];
        const std::string property = "hugepageLimits/" + std::to_string(i);
        add(writes, "hugetlb", "hugetlb." + limit.pageSize + ".rsvd.max", std::to_string(limit.limit),
            property);
        writes.back().optional = true;
        add(writes, "hugetlb", "hugetlb." + limit.pageSize + ".max", std::to_string(limit.limit), property);
    }
    if (resources.network && resources.network->classID)
        refuse_v1_only("network/classID");
    if (resources.network && !resources.network->priorities.empty())
        refuse_v1_only("network/priorities");
    for (const auto& [name, limit] : resources.rdma)
        add_rdma(name, limit, writes);
    for (const auto& [key, value] : resources.unified)
        add_unified(key, value, writes);
    return writes;
}

}  // namespace ocikit::run
