#include <ocikit/error.hpp>

#include "cgroup/resources.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

constexpr const char* base = "/linux/resources/";

class Writes {
  public:
    template <class T>
    void add(const char* controller, const char* file, const std::optional<T>& value, const char* property) {
        if (value)
            list.push_back({controller, file, std::to_string(*value), std::string(base) + property});
    }
    void add_text(const char* controller, std::string file, std::string text, std::string property) {
        list.push_back({controller, std::move(file), std::move(text), base + std::move(property)});
    }

    std::vector<CgroupWrite> list;
};

std::string device(std::int64_t major, std::int64_t minor) {
    return std::to_string(major) + ":" + std::to_string(minor);
}

void add_memory(const spec::Memory& memory, Writes& writes) {
    if (memory.useHierarchy)
        writes.add_text("memory", "memory.use_hierarchy", *memory.useHierarchy ? "1" : "0",
                        "memory/useHierarchy");
    // the limit of memory alone never lies above that of memory and swap
    writes.add("memory", "memory.limit_in_bytes", memory.limit, "memory/limit");
    writes.add("memory", "memory.memsw.limit_in_bytes", memory.swap, "memory/swap");
    writes.add("memory", "memory.soft_limit_in_bytes", memory.reservation, "memory/reservation");
    writes.add("memory", "memory.kmem.limit_in_bytes", memory.kernel, "memory/kernel");
    writes.add("memory", "memory.kmem.tcp.limit_in_bytes", memory.kernelTCP, "memory/kernelTCP");
    writes.add("memory", "memory.swappiness", memory.swappiness, "memory/swappiness");
    if (memory.disableOOMKiller && *memory.disableOOMKiller)
        writes.add_text("memory", "memory.oom_control", "1", "memory/disableOOMKiller");
}

void add_cpu(const spec::Cpu& cpu, Writes& writes) {
    writes.add("cpu", "cpu.shares", cpu.shares, "cpu/shares");
    writes.add("cpu", "cpu.cfs_period_us", cpu.period, "cpu/period");
    writes.add("cpu", "cpu.cfs_quota_us", cpu.quota, "cpu/quota");
    writes.add("cpu", "cpu.cfs_burst_us", cpu.burst, "cpu/burst");
    writes.add("cpu", "cpu.rt_period_us", cpu.realtimePeriod, "cpu/realtimePeriod");
    writes.add("cpu", "cpu.rt_runtime_us", cpu.realtimeRuntime, "cpu/realtimeRuntime");
    writes.add("cpu", "cpu.idle", cpu.idle, "cpu/idle");
    if (cpu.cpus && !cpu.cpus->empty())
        writes.add_text("cpuset", "cpuset.cpus", *cpu.cpus, "cpu/cpus");
    if (cpu.mems && !cpu.mems->empty())
        writes.add_text("cpuset", "cpuset.mems", *cpu.mems, "cpu/mems");
}

void add_throttle(const std::vector<spec::ThrottleDevice>& devices, const char* file, const char* property,
                  Writes& writes) {
    for (std::size_t i = 0; i < devices.size(); ++i)
        writes.add_text(
            "blkio", file,
            device(devices[i].major, devices[i].minor) + " " + std::to_string(devices[i].rate.value_or(0)),
            std::string("blockIO/") + property + "/" + std::to_string(i));
}

void add_weight(std::string file, std::uint16_t weight, const std::string& prefix, std::string property,
                Writes& writes) {
    writes.add_text("blkio", "blkio." + file, prefix + std::to_string(weight), std::move(property));
    // since CFQ is gone it is the BFQ scheduler that has weights
    writes.list.back().otherwise = "blkio.bfq." + file;
    writes.list.back().otherwise_text = writes.list.back().text;
}

void add_block_io(const spec::BlockIo& io, Writes& writes) {
    if (io.weight)
        add_weight("weight", *io.weight, "", "blockIO/weight", writes);
    if (io.leafWeight)
        add_weight("leaf_weight", *io.leafWeight, "", "blockIO/leafWeight", writes);
    for (std::size_t i = 0; i < io.weightDevice.size(); ++i) {
        const spec::WeightDevice& one = io.weightDevice[i];
        const std::string property = "blockIO/weightDevice/" + std::to_string(i);
        const std::string prefix = device(one.major, one.minor) + " ";
        if (one.weight)
            add_weight("weight_device", *one.weight, prefix, property + "/weight", writes);
        if (one.leafWeight)
            add_weight("leaf_weight_device", *one.leafWeight, prefix, property + "/leafWeight", writes);
    }
    add_throttle(io.throttleReadBpsDevice, "blkio.throttle.read_bps_device", "throttleReadBpsDevice", writes);
    add_throttle(io.throttleWriteBpsDevice, "blkio.throttle.write_bps_device", "throttleWriteBpsDevice",
                 writes);
    add_throttle(io.throttleReadIOPSDevice, "blkio.throttle.read_iops_device", "throttleReadIOPSDevice",
                 writes);
    add_throttle(io.throttleWriteIOPSDevice, "blkio.throttle.write_iops_device", "throttleWriteIOPSDevice",
                 writes);
}

}  // namespace

std::vector<CgroupWrite> resource_writes_v1(const spec::Resources& given) {
    const spec::Resources resources = without_zeros(given);
    if (!resources.unified.empty())
        refuse("/linux/resources/unified", "needs cgroup v2, and this machine has v1");
    Writes writes;
    if (resources.memory)
        add_memory(*resources.memory, writes);
    if (resources.cpu)
        add_cpu(*resources.cpu, writes);
    if (resources.pids)
        writes.add_text("pids", "pids.max",
                        resources.pids->limit < 0 ? "max" : std::to_string(resources.pids->limit),
                        "pids/limit");
    if (resources.blockIO)
        add_block_io(*resources.blockIO, writes);
    for (std::size_t i = 0; i < resources.hugepageLimits.size(); ++i) {
        const spec::HugepageLimit& limit = resources.hugepageLimits[i];
        const std::string property = "hugepageLimits/" + std::to_string(i);
        // the reservation counts where the kernel has it (config-linux.md#huge-page-limits)
        writes.add_text("hugetlb", "hugetlb." + limit.pageSize + ".rsvd.limit_in_bytes",
                        std::to_string(limit.limit), property);
        writes.list.back().optional = true;
        writes.add_text("hugetlb", "hugetlb." + limit.pageSize + ".limit_in_bytes",
                        std::to_string(limit.limit), property);
    }
    if (resources.network) {
        writes.add("net_cls", "net_cls.classid", resources.network->classID, "network/classID");
        for (const auto& priority : resources.network->priorities)
            writes.add_text("net_prio", "net_prio.ifpriomap",
                            priority.name + " " + std::to_string(priority.priority), "network/priorities");
    }
    for (const auto& [name, limit] : resources.rdma) {
        if (limit.hcaHandles)
            writes.add_text("rdma", "rdma.max", name + " hca_handle=" + std::to_string(*limit.hcaHandles),
                            "rdma/" + name);
        if (limit.hcaObjects)
            writes.add_text("rdma", "rdma.max", name + " hca_object=" + std::to_string(*limit.hcaObjects),
                            "rdma/" + name);
    }
    return std::move(writes.list);
}

}  // namespace ocikit::run
