// Limits of the other cgroup controllers. 0 is what runtimes take for not set.
#include <algorithm>

#include <ocikit/text.hpp>

#include "groups.hpp"
#include "values.hpp"

namespace ocikit {

namespace {

const spec::Cpu& cpu_of(const RuleContext& rule) {
    static const spec::Cpu none;
    return rule.resources.cpu ? *rule.resources.cpu : none;
}

const spec::BlockIo& io_of(const RuleContext& rule) {
    static const spec::BlockIo none;
    return rule.resources.blockIO ? *rule.resources.blockIO : none;
}

std::string cpu_pointer(std::string_view member) {
    return pointer_append("/linux/resources/cpu", member);
}

std::string io_pointer(std::string_view member) {
    return pointer_append("/linux/resources/blockIO", member);
}

void check_shares(RuleContext& rule) {
    if (const auto shares = cpu_of(rule).shares.value_or(0); shares == 1 || shares > 262144)
        rule.report(cpu_pointer("shares"),
                    std::to_string(shares) + " is not within 2 and 262144: the kernel takes the nearest");
}

void check_times(RuleContext& rule) {
    const spec::Cpu& cpu = cpu_of(rule);
    if (const auto period = cpu.period.value_or(0); period != 0 && (period < 1000 || period > 1'000'000))
        rule.report(cpu_pointer("period"),
                    std::to_string(period) + " is not within 1000 and 1000000 microseconds");
    if (const auto quota = cpu.quota.value_or(0); quota > 0 && quota < 1000)
        rule.report(cpu_pointer("quota"), std::to_string(quota) + " is below 1000 microseconds");
}

void check_burst(RuleContext& rule) {
    const spec::Cpu& cpu = cpu_of(rule);
    const std::int64_t quota = cpu.quota.value_or(0);
    if (quota > 0 && cpu.burst.value_or(0) > static_cast<std::uint64_t>(quota))
        rule.report(cpu_pointer("burst"), "the burst is above the quota, " + std::to_string(quota));
}

void check_realtime(RuleContext& rule) {
    const spec::Cpu& cpu = cpu_of(rule);
    const std::int64_t runtime = cpu.realtimeRuntime.value_or(0);
    const std::uint64_t period = cpu.realtimePeriod.value_or(0);
    if (runtime > 0 && period > 0 && static_cast<std::uint64_t>(runtime) > period)
        rule.report(cpu_pointer("realtimeRuntime"),
                    "the time is above the period, " + std::to_string(period));
}

void check_idle(RuleContext& rule) {
    const spec::Cpu& cpu = cpu_of(rule);
    const std::int64_t idle = cpu.idle.value_or(0);
    if (idle != 0 && idle != 1)
        rule.report(cpu_pointer("idle"), std::to_string(idle) + " is neither 0 nor 1");
    else if (idle == 1 && cpu.shares.value_or(0) != 0)
        rule.report(cpu_pointer("shares"), "an idle cgroup has no shares", cpu_pointer("idle"),
                    "idle is set here");
}

void check_lists(RuleContext& rule) {
    const spec::Cpu& cpu = cpu_of(rule);
    for (const auto& [name, list] : {std::pair{"cpus", &cpu.cpus}, std::pair{"mems", &cpu.mems}})
        if (*list && !(*list)->empty() && !is_number_list(**list))
            rule.report(cpu_pointer(name),
                        quoted(**list) + " is no list of numbers, expected one such as \"0-3,7\"");
}

void check_pids(RuleContext& rule) {
    if (const auto& pids = rule.resources.pids; pids && pids->limit < -1)
        rule.report("/linux/resources/pids/limit",
                    std::to_string(pids->limit) + " is no limit, expected -1 for none or a number of tasks");
}

void check_weights(RuleContext& rule) {
    const spec::BlockIo& io = io_of(rule);
    const auto check = [&rule](std::optional<std::uint16_t> weight, std::string pointer) {
        if (weight.value_or(0) != 0 && (*weight < 10 || *weight > 1000))
            rule.report(std::move(pointer), std::to_string(*weight) + " is not within 10 and 1000");
    };
    check(io.weight, io_pointer("weight"));
    check(io.leafWeight, io_pointer("leafWeight"));
    for (std::size_t i = 0; i < io.weightDevice.size(); ++i) {
        const std::string pointer = pointer_append(io_pointer("weightDevice"), i);
        check(io.weightDevice[i].weight, pointer + "/weight");
        check(io.weightDevice[i].leafWeight, pointer + "/leafWeight");
    }
}

void check_weight_given(RuleContext& rule) {
    const auto& devices = io_of(rule).weightDevice;
    for (std::size_t i = 0; i < devices.size(); ++i)
        if (!devices[i].weight && !devices[i].leafWeight)
            rule.report(pointer_append(io_pointer("weightDevice"), i),
                        "there is neither weight nor leafWeight");
}

void check_rates(RuleContext& rule) {
    const spec::BlockIo& io = io_of(rule);
    const std::pair<const char*, const std::vector<spec::ThrottleDevice>*> lists[] = {
        {"throttleReadBpsDevice", &io.throttleReadBpsDevice},
        {"throttleWriteBpsDevice", &io.throttleWriteBpsDevice},
        {"throttleReadIOPSDevice", &io.throttleReadIOPSDevice},
        {"throttleWriteIOPSDevice", &io.throttleWriteIOPSDevice},
    };
    for (const auto& [name, list] : lists)
        for (std::size_t i = 0; i < list->size(); ++i)
            if (!(*list)[i].rate)
                rule.report(pointer_append(io_pointer(name), i), "the property \"rate\" is missing");
}

void check_rdma(RuleContext& rule) {
    for (const auto& [device, limits] : rule.resources.rdma)
        if (!limits.hcaHandles && !limits.hcaObjects)
            rule.report(pointer_append("/linux/resources/rdma", device),
                        "there is neither hcaHandles nor hcaObjects");
}

void check_unified(RuleContext& rule) {
    for (const auto& [file, value] : rule.resources.unified)
        if (file.find('/') != file.npos || file.find('.') == file.npos || file.starts_with('.'))
            rule.report(pointer_append("/linux/resources/unified", file),
                        quoted(file) + " is no file of a cgroup, expected CONTROLLER.NAME",
                        Document::Part::key);
}

void check_controllers(RuleContext& rule) {
    static const std::vector<std::string_view> controllers{
        "cgroup", "cpu", "cpuset", "dmem", "hugetlb", "io", "irq", "memory", "misc", "pids", "rdma"};
    for (const auto& [file, value] : rule.resources.unified) {
        const std::string controller = file.substr(0, file.find('.'));
        if (file.find('/') != file.npos || file.find('.') == file.npos || controller.empty() ||
            std::find(controllers.begin(), controllers.end(), controller) != controllers.end())
            continue;
        const auto meant = nearest(controller, controllers);
        rule.report(pointer_append("/linux/resources/unified", file),
                    "there is no controller " + quoted(controller) +
                        (meant.empty() ? "" : ", did you mean " + quoted(meant) + '?'),
                    Document::Part::key);
    }
}

void check_page_sizes(RuleContext& rule) {
    const auto& limits = rule.resources.hugepageLimits;
    for (std::size_t i = 1; i < limits.size(); ++i)
        for (std::size_t k = 0; k < i; ++k)
            if (limits[i].pageSize == limits[k].pageSize) {
                const std::string list = "/linux/resources/hugepageLimits";
                rule.report(pointer_append(list, i) + "/pageSize", "this size of pages is there twice",
                            pointer_append(list, k) + "/pageSize", "the first one");
                break;
            }
}

void check_cgroups_path(RuleContext& rule) {
    const std::string path = rule.linux.cgroupsPath.value_or("");
    bool names_one = path.empty();
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string_view name = std::string_view(path).substr(at, end - at);
        at = end + 1;
        if (name == "..")
            return rule.report("/linux/cgroupsPath", quoted(path) + " has a \"..\"");
        names_one = names_one || !(name.empty() || name == ".");
    }
    if (!names_one)
        rule.report("/linux/cgroupsPath", quoted(path) + " names no cgroup of the container's own");
}

constexpr Rule rules[] = {
    {.id = "cgroups/path",
     .summary = "cgroupsPath names a cgroup of the container's own",
     .details =
         "Neither the root of the hierarchy nor, by way of .., somebody else's. An empty path is none: the "
         "runtime chooses one.",
     .source = "config-linux.md#cgroups-path",
     .bad = R"({"linux": {"cgroupsPath": "/pod/../web"}})",
     .good = R"({"linux": {"cgroupsPath": "/pod/web"}})",
     .runtime_refuses = true,
     .check = check_cgroups_path},
    {.id = "cpu/shares",
     .summary = "shares are within 2 and 262144",
     .details =
         "The kernel takes the nearest of these numbers for any other. Runtimes such as runc refuse what "
         "the kernel doesn't keep.",
     .source = "config-linux.md#cpu",
     .bad = R"({"linux": {"resources": {"cpu": {"shares": 262145}}}})",
     .good = R"({"linux": {"resources": {"cpu": {"shares": 2}}}})",
     .check = check_shares},
    {.id = "cpu/times",
     .summary = "period is within a millisecond and a second, quota a millisecond at least",
     .details = "The kernel refuses other times. They are in microseconds; a negative quota is for no limit.",
     .source = "config-linux.md#cpu",
     .bad = R"({"linux": {"resources": {"cpu": {"quota": 50000, "period": 1000001}}}})",
     .good = R"({"linux": {"resources": {"cpu": {"quota": -1, "period": 1000}}}})",
     .runtime_refuses = true,
     .check = check_times},
    {.id = "cpu/burst",
     .summary = "burst is not above quota",
     .details = "If both are set and the quota is positive, the burst must not be larger.",
     .source = "config-linux.md#cpu",
     .bad = R"({"linux": {"resources": {"cpu": {"quota": 10000, "burst": 10001}}}})",
     .good = R"({"linux": {"resources": {"cpu": {"quota": -1, "burst": 10001}}}})",
     .runtime_refuses = true,
     .check = check_burst},
    {.id = "cpu/realtime",
     .summary = "realtimeRuntime is not above realtimePeriod",
     .details = "The kernel refuses to grant more time than there is.",
     .source = "config-linux.md#cpu",
     .bad = R"({"linux": {"resources": {"cpu": {"realtimeRuntime": 1000001, "realtimePeriod": 1000000}}}})",
     .good = R"({"linux": {"resources": {"cpu": {"realtimeRuntime": 950000, "realtimePeriod": 1000000}}}})",
     .runtime_refuses = true,
     .check = check_realtime},
    {.id = "cpu/idle",
     .summary = "idle is 0 or 1, and 1 goes without shares",
     .details = "A cgroup that is idle has the least weight there is: the kernel refuses to set another.",
     .source = "config-linux.md#cpu",
     .bad = R"({"linux": {"resources": {"cpu": {"idle": 2}}}})",
     .good = R"({"linux": {"resources": {"cpu": {"idle": 0, "shares": 512}}}})",
     .runtime_refuses = true,
     .check = check_idle},
    {.id = "cpu/list",
     .summary = "cpus and mems are lists of numbers",
     .details = "A list is made of numbers and ranges, such as 0-3,7.",
     .source = "config-linux.md#cpu, cpuset(7)",
     .bad = R"({"linux": {"resources": {"cpu": {"cpus": "0-"}}}})",
     .good = R"({"linux": {"resources": {"cpu": {"cpus": "0-3,7", "mems": "0"}}}})",
     .runtime_refuses = true,
     .check = check_lists},
    {.id = "pids/limit",
     .summary = "the limit of tasks is -1 or a number",
     .details = "-1 is for no limit, and 0 is a limit as good as any.",
     .source = "config-linux.md#pids",
     .bad = R"({"linux": {"resources": {"pids": {"limit": -2}}}})",
     .good = R"({"linux": {"resources": {"pids": {"limit": 0}}}})",
     .runtime_refuses = true,
     .check = check_pids},
    {.id = "block-io/weight",
     .summary = "weights are within 10 and 1000",
     .details = "The kernel takes no others.",
     .source = "config-linux.md#block-io",
     .bad = R"({"linux": {"resources": {"blockIO": {"weight": 5}}}})",
     .good = R"({"linux": {"resources": {"blockIO": {"weight": 1000, "leafWeight": 10}}}})",
     .runtime_refuses = true,
     .check = check_weights},
    {.id = "block-io/weight-missing",
     .summary = "an entry of weightDevice has a weight",
     .details = "There must be one of weight and leafWeight at least.",
     .source = "config-linux.md#block-io",
     .bad = R"({"linux": {"resources": {"blockIO": {"weightDevice": [{"major": 8, "minor": 0}]}}}})",
     .good =
         R"({"linux": {"resources": {"blockIO": {"weightDevice": [{"major": 8, "minor": 0, "leafWeight": 10}]}}}})",
     .runtime_refuses = true,
     .check = check_weight_given},
    {.id = "block-io/rate-missing",
     .summary = "a throttled device has a rate",
     .details = "rate is required: bytes or operations a second.",
     .source = "config-linux.md#block-io",
     .bad = R"({"linux": {"resources": {"blockIO": {"throttleReadBpsDevice": [{"major": 8, "minor": 0}]}}}})",
     .good =
         R"({"linux": {"resources": {"blockIO": {"throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 600}]}}}})",
     .runtime_refuses = true,
     .check = check_rates},
    {.id = "rdma/limit",
     .summary = "a device of rdma has a limit",
     .details = "There must be one of hcaHandles and hcaObjects at least.",
     .source = "config-linux.md#rdma",
     .bad = R"({"linux": {"resources": {"rdma": {"mlx5_1": {}}}}})",
     .good = R"({"linux": {"resources": {"rdma": {"mlx5_1": {"hcaObjects": 0}}}}})",
     .runtime_refuses = true,
     .check = check_rdma},
    {.id = "unified/file",
     .summary = "the keys of unified are files of a cgroup",
     .details =
         "A key is the name of a file in the directory of a cgroup of version 2, such as memory.high: a "
         "controller, a dot and a name, without a slash.",
     .source = "config-linux.md#unified",
     .bad = R"({"linux": {"resources": {"unified": {"../memory.high": "1"}}}})",
     .good = R"({"linux": {"resources": {"unified": {"hugetlb.1GB.max": "1073741824"}}}})",
     .runtime_refuses = true,
     .check = check_unified},
    {.id = "unified/controller",
     .severity = Severity::warning,
     .summary = "the keys of unified are of controllers that kernels have",
     .details = "What is before the first dot is the controller, such as memory or io. A runtime must refuse "
                "one that the host hasn't.",
     .source = "config-linux.md#unified, cgroups(7)",
     .bad = R"({"linux": {"resources": {"unified": {"memroy.high": "1"}}}})",
     .good = R"({"linux": {"resources": {"unified": {"memory.high": "1073741824"}}}})",
     .check = check_controllers},
    {.id = "hugepages/duplicate",
     .severity = Severity::warning,
     .summary = "no size of pages has two limits",
     .details = "The later one counts.",
     .source = "config-linux.md#huge-page-limits",
     .bad =
         R"({"linux": {"resources": {"hugepageLimits": [{"pageSize": "2MB", "limit": 0}, {"pageSize": "2MB", "limit": 4194304}]}}})",
     .good =
         R"({"linux": {"resources": {"hugepageLimits": [{"pageSize": "2MB", "limit": 0}, {"pageSize": "1GB", "limit": 0}]}}})",
     .check = check_page_sizes},
};

}  // namespace

std::span<const Rule> resource_rules() {
    return rules;
}

}  // namespace ocikit
