// Limits of the control group, and those of the process.
#include <algorithm>
#include <limits>

#include <ocikit/rlimit.hpp>
#include <ocikit/text.hpp>

#include "oci-gen/flags/groups.hpp"
#include "oci-gen/flags/host_device.hpp"
#include "oci-gen/values.hpp"

namespace ocikit::gen {

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t cpu_period = 100'000;  // µs, what the kernel has if nothing is said

template <class T>
T& made(std::optional<T>& member) {
    return member ? *member : member.emplace();
}

spec::Memory& memory(FlagContext& context) {
    return made(context.resources().memory);
}
spec::Cpu& cpu(FlagContext& context) {
    return made(context.resources().cpu);
}
spec::BlockIo& block_io(FlagContext& context) {
    return made(context.resources().blockIO);
}

// As docker and podman have it, a limit of memory alone allows as much swap again. What a
// template says of swap is kept if it can be.
void set_memory(FlagContext& context, const FlagValues& values) {
    spec::Memory& section = memory(context);
    section.limit = parse_size("memory", values.back());
    if (*section.limit > most / 2)
        throw unusable("memory", quoted(values.back()) + " is too much");
    if (!section.swap || (*section.swap >= 0 && *section.swap < *section.limit))
        section.swap = *section.limit * 2;
    if (*section.limit == 0) {  // no limit, as with docker
        section.limit.reset();
        section.swap.reset();
    }
}

void set_memory_swap(FlagContext& context, const FlagValues& values) {
    spec::Memory& section = memory(context);
    if (values.back() == "-1") {
        section.swap = -1;
        return;
    }
    const std::int64_t swap = parse_size("memory-swap", values.back());
    if (swap == 0)  // unset, as with docker
        return;
    if (!section.limit)
        throw unusable("memory-swap", "it counts memory and swap together, and needs --memory");
    if (swap < *section.limit)
        throw unusable("memory-swap", "it counts memory and swap together: " + quoted(values.back()) +
                                          " is less than the limit of memory");
    section.swap = swap;
}

void set_memory_reservation(FlagContext& context, const FlagValues& values) {
    const std::int64_t reservation = parse_size("memory-reservation", values.back());
    spec::Memory& section = memory(context);
    if (section.limit && *section.limit > 0 && reservation > *section.limit)
        throw unusable("memory-reservation", quoted(values.back()) + " is more than the limit of memory");
    section.reservation = reservation;
}

void set_swappiness(FlagContext& context, const FlagValues& values) {
    const std::int64_t swappiness = parse_integer("memory-swappiness", values.back(), -1, 100);
    spec::Memory& section = memory(context);
    section.swappiness.reset();
    if (swappiness >= 0)  // -1: the kernel's own
        section.swappiness = static_cast<std::uint64_t>(swappiness);
}

void set_oom_kill_disable(FlagContext& context, const FlagValues& values) {
    memory(context).disableOOMKiller = values.back() == "true";
}

void set_cpus(FlagContext& context, const FlagValues& values) {
    for (const char* other : {"cpu-quota", "cpu-period"})
        if (context.arguments.options.contains(other))
            throw unusable("cpus", "it sets period and quota, and excludes --" + std::string(other));
    const std::int64_t quota = parse_decimal("cpus", values.back(), cpu_period);
    spec::Cpu& section = cpu(context);
    section.period.reset();
    section.quota.reset();
    if (quota == 0)  // no limit, as with docker
        return;
    constexpr std::int64_t least = 1000;  // the kernel's, of a quota
    if (quota < least)
        throw unusable("cpus", quoted(values.back()) + " is less than 0.01");
    section.period = static_cast<std::uint64_t>(cpu_period);
    section.quota = quota;
}

void set_cpu_shares(FlagContext& context, const FlagValues& values) {
    cpu(context).shares = static_cast<std::uint64_t>(parse_integer("cpu-shares", values.back(), 0, most));
}
void set_cpu_period(FlagContext& context, const FlagValues& values) {
    cpu(context).period =
        static_cast<std::uint64_t>(parse_integer("cpu-period", values.back(), 1000, 1'000'000));
}
void set_cpu_quota(FlagContext& context, const FlagValues& values) {
    const std::int64_t quota = parse_integer("cpu-quota", values.back(), -1, most);
    if (quota > 0 && quota < 1000)
        throw unusable("cpu-quota",
                       values.back() + " is out of range, expected 1000 or more, or -1 for none");
    cpu(context).quota = quota == 0 ? -1 : quota;
}
void set_cpu_rt_period(FlagContext& context, const FlagValues& values) {
    cpu(context).realtimePeriod =
        static_cast<std::uint64_t>(parse_integer("cpu-rt-period", values.back(), 0, most));
}
void set_cpu_rt_runtime(FlagContext& context, const FlagValues& values) {
    cpu(context).realtimeRuntime = parse_integer("cpu-rt-runtime", values.back(), -1, most);
}
void set_cpuset_cpus(FlagContext& context, const FlagValues& values) {
    cpu(context).cpus = values.back();
}
void set_cpuset_mems(FlagContext& context, const FlagValues& values) {
    cpu(context).mems = values.back();
}

void set_pids_limit(FlagContext& context, const FlagValues& values) {
    const std::int64_t limit = parse_integer("pids-limit", values.back(), -1, most);
    made(context.resources().pids).limit = limit == 0 ? -1 : limit;  // 0 is no limit with docker and podman
}

std::uint16_t block_weight(std::string_view option, const std::string& text) {
    return static_cast<std::uint16_t>(parse_integer(option, text, 10, 1000));
}

void set_blkio_weight(FlagContext& context, const FlagValues& values) {
    if (values.back() == "0")  // none, as with docker
        block_io(context).weight.reset();
    else
        block_io(context).weight = block_weight("blkio-weight", values.back());
}

struct DeviceLimit {
    HostDevice device;
    std::string limit;
};

DeviceLimit device_limit(std::string_view option, const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos || colon == 0)
        throw unusable(option, "expected DEVICE:LIMIT, found " + quoted(text));
    const HostDevice device = host_device(option, text.substr(0, colon));
    if (device.type != "b")
        throw unusable(option, text.substr(0, colon) + ": not a block device");
    return {device, text.substr(colon + 1)};
}

void set_blkio_weight_device(FlagContext& context, const FlagValues& values) {
    for (const std::string& value : values) {
        const auto [device, limit] = device_limit("blkio-weight-device", value);
        block_io(context).weightDevice.push_back({.major = device.major,
                                                  .minor = device.minor,
                                                  .weight = block_weight("blkio-weight-device", limit),
                                                  .leafWeight = {}});
    }
}

using Throttles = std::vector<spec::ThrottleDevice> spec::BlockIo::*;

void throttle(FlagContext& context, std::string_view option, Throttles list, const FlagValues& values,
              bool bytes) {
    for (const std::string& value : values) {
        const auto [device, limit] = device_limit(option, value);
        const std::int64_t rate = bytes ? parse_size(option, limit) : parse_integer(option, limit, 0, most);
        (block_io(context).*list)
            .push_back(
                {.major = device.major, .minor = device.minor, .rate = static_cast<std::uint64_t>(rate)});
    }
}

void set_read_bps(FlagContext& context, const FlagValues& values) {
    throttle(context, "device-read-bps", &spec::BlockIo::throttleReadBpsDevice, values, true);
}
void set_write_bps(FlagContext& context, const FlagValues& values) {
    throttle(context, "device-write-bps", &spec::BlockIo::throttleWriteBpsDevice, values, true);
}
void set_read_iops(FlagContext& context, const FlagValues& values) {
    throttle(context, "device-read-iops", &spec::BlockIo::throttleReadIOPSDevice, values, false);
}
void set_write_iops(FlagContext& context, const FlagValues& values) {
    throttle(context, "device-write-iops", &spec::BlockIo::throttleWriteIOPSDevice, values, false);
}

void set_cgroup_conf(FlagContext& context, const FlagValues& values) {
    for (const std::string& value : values) {
        const auto [key, setting] = split_pair(value);
        if (key.empty() || !setting)
            throw unusable("cgroup-conf", "expected KEY=VALUE, found " + quoted(value));
        context.resources().unified[key] = *setting;
    }
}

void set_cgroups_path(FlagContext& context, const FlagValues& values) {
    if (values.back().empty())
        throw unusable("cgroups-path", "the path is empty");
    context.linux().cgroupsPath = values.back();
}

std::uint64_t rlimit_value(std::string_view text) {
    if (text == "-1" || text == "unlimited")
        return std::numeric_limits<std::uint64_t>::max();  // RLIM_INFINITY
    return static_cast<std::uint64_t>(parse_integer("ulimit", text, 0, most));
}

spec::Rlimit parse_rlimit(const std::string& value) {
    const auto [name, limits] = split_pair(value);
    std::string type = name.starts_with("RLIMIT_") ? name : "RLIMIT_" + name;
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    if (!limits)
        throw unusable("ulimit", "expected TYPE=SOFT[:HARD], found " + quoted(value));
    if (!rlimit_number(type))
        throw unusable("ulimit", "there is no limit " + quoted(name) + ", see getrlimit(2)");
    const std::vector<std::string> parts = split(*limits, ':');
    if (parts.size() > 2)
        throw unusable("ulimit", "expected TYPE=SOFT[:HARD], found " + quoted(value));
    const spec::Rlimit limit{
        .type = type, .hard = rlimit_value(parts.back()), .soft = rlimit_value(parts.front())};
    if (limit.soft > limit.hard)
        throw unusable("ulimit", quoted(value) + ": the soft limit is higher than the hard one");
    return limit;
}

void set_ulimits(FlagContext& context, const FlagValues& values) {
    std::vector<spec::Rlimit>& limits = context.process().rlimits;
    for (const std::string& value : values) {
        if (value == "host") {  // as with podman: what the runtime has itself
            limits.clear();
            continue;
        }
        const spec::Rlimit limit = parse_rlimit(value);
        const auto known = std::find_if(limits.begin(), limits.end(),
                                        [&](const spec::Rlimit& other) { return other.type == limit.type; });
        if (known != limits.end())
            *known = limit;
        else
            limits.push_back(limit);
    }
}

void set_oom_score_adj(FlagContext& context, const FlagValues& values) {
    context.process().oomScoreAdj = parse_integer("oom-score-adj", values.back(), -1000, 1000);
}

// What others are checked against comes first.
constexpr Flag flags[] = {
    {.option = {.name = "memory",
                .letter = 'm',
                .argument = "SIZE",
                .help = "most memory, such as 512m or 1.5g, and as much swap again unless --memory-swap is "
                        "given; 0 is no limit"},
     .sets = "/linux/resources/memory/limit /linux/resources/memory/swap",
     .apply = set_memory},
    {.option = {.name = "memory-swap",
                .argument = "SIZE",
                .help = "most memory and swap together, -1 is no limit; needs --memory"},
     .sets = "/linux/resources/memory/swap",
     .apply = set_memory_swap},
    {.option = {.name = "memory-reservation",
                .argument = "SIZE",
                .help = "memory that is left to the container when there is little"},
     .sets = "/linux/resources/memory/reservation",
     .apply = set_memory_reservation},
    {.option = {.name = "memory-swappiness",
                .argument = "N",
                .help = "0 to 100: how readily memory is swapped out; -1 is what the system has"},
     .sets = "/linux/resources/memory/swappiness",
     .apply = set_swappiness},
    {.option = {.name = "oom-kill-disable",
                .help = "kill no process when the memory is used up, let it wait"},
     .sets = "/linux/resources/memory/disableOOMKiller",
     .apply = set_oom_kill_disable},
    {.option = {.name = "cpus", .argument = "N", .help = "as much time as N processors have, such as 1.5"},
     .sets = "/linux/resources/cpu/quota /linux/resources/cpu/period",
     .apply = set_cpus},
    {.option = {.name = "cpu-shares",
                .letter = 'c',
                .argument = "N",
                .help = "share of the processors among others, which have 1024"},
     .sets = "/linux/resources/cpu/shares",
     .apply = set_cpu_shares},
    {.option = {.name = "cpu-period", .argument = "N", .help = "length of a period in microseconds"},
     .sets = "/linux/resources/cpu/period",
     .apply = set_cpu_period},
    {.option = {.name = "cpu-quota",
                .argument = "N",
                .help = "microseconds of processor time in a period; -1 is no limit"},
     .sets = "/linux/resources/cpu/quota",
     .apply = set_cpu_quota},
    {.option = {.name = "cpu-rt-period",
                .argument = "N",
                .help = "period of realtime scheduling, in microseconds"},
     .sets = "/linux/resources/cpu/realtimePeriod",
     .apply = set_cpu_rt_period},
    {.option = {.name = "cpu-rt-runtime",
                .argument = "N",
                .help = "microseconds of realtime scheduling in a period"},
     .sets = "/linux/resources/cpu/realtimeRuntime",
     .apply = set_cpu_rt_runtime},
    {.option = {.name = "cpuset-cpus", .argument = "LIST", .help = "the processors to run on, such as 0-2,5"},
     .sets = "/linux/resources/cpu/cpus",
     .apply = set_cpuset_cpus},
    {.option = {.name = "cpuset-mems", .argument = "LIST", .help = "the memory nodes to use, such as 0,1"},
     .sets = "/linux/resources/cpu/mems",
     .apply = set_cpuset_mems},
    {.option = {.name = "pids-limit",
                .argument = "N",
                .help = "most processes and threads; -1 or 0 is no limit"},
     .sets = "/linux/resources/pids/limit",
     .apply = set_pids_limit},
    {.option = {.name = "blkio-weight",
                .argument = "N",
                .help = "10 to 1000: share of block devices' bandwidth; 0 sets none"},
     .sets = "/linux/resources/blockIO/weight",
     .apply = set_blkio_weight},
    {.option = {.name = "blkio-weight-device",
                .argument = "DEVICE:N",
                .help = "share of one device's bandwidth",
                .repeatable = true},
     .sets = "/linux/resources/blockIO/weightDevice",
     .apply = set_blkio_weight_device},
    {.option = {.name = "device-read-bps",
                .argument = "DEVICE:SIZE",
                .help = "most bytes read from a block device in a second",
                .repeatable = true},
     .sets = "/linux/resources/blockIO/throttleReadBpsDevice",
     .apply = set_read_bps},
    {.option = {.name = "device-write-bps",
                .argument = "DEVICE:SIZE",
                .help = "most bytes written to a block device in a second",
                .repeatable = true},
     .sets = "/linux/resources/blockIO/throttleWriteBpsDevice",
     .apply = set_write_bps},
    {.option = {.name = "device-read-iops",
                .argument = "DEVICE:N",
                .help = "most read operations of a block device in a second",
                .repeatable = true},
     .sets = "/linux/resources/blockIO/throttleReadIOPSDevice",
     .apply = set_read_iops},
    {.option = {.name = "device-write-iops",
                .argument = "DEVICE:N",
                .help = "most write operations of a block device in a second",
                .repeatable = true},
     .sets = "/linux/resources/blockIO/throttleWriteIOPSDevice",
     .apply = set_write_iops},
    {.option = {.name = "cgroup-conf",
                .argument = "KEY=VALUE",
                .help = "write to a file of the control group, on cgroup v2",
                .repeatable = true},
     .sets = "/linux/resources/unified",
     .apply = set_cgroup_conf},
    {.option = {.name = "cgroups-path", .argument = "PATH", .help = "the container's control group"},
     .sets = "/linux/cgroupsPath",
     .apply = set_cgroups_path},
    {.option = {.name = "ulimit",
                .argument = "TYPE=SOFT[:HARD]",
                .help = "limit of the process, such as nofile=1024:4096; -1 is no limit; host leaves all as "
                        "the runtime has them",
                .repeatable = true,
                .alias = "rlimit"},
     .sets = "/process/rlimits",
     .apply = set_ulimits},
    {.option = {.name = "oom-score-adj",
                .argument = "N",
                .help = "-1000 to 1000: how readily the program is killed when the host's memory is used up"},
     .sets = "/process/oomScoreAdj",
     .apply = set_oom_score_adj},
};

}  // namespace

FlagGroup resource_flags() {
    return {.title = "Resources", .flags = flags};
}

}  // namespace ocikit::gen
