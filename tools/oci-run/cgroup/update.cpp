#include "cgroup/update.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/mp11/algorithm.hpp>

#include <ocikit/error.hpp>

#include "kernel/files.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

template <class T>
void merge(T& present, const T& change);

template <class T>
void merge_value(T& present, const T& change) {
    present = change;
}

template <class T>
void merge_value(std::vector<T>& present, const std::vector<T>& change) {
    if (!change.empty())
        present = change;
}

template <class T>
void merge_value(std::map<std::string, T>& present, const std::map<std::string, T>& change) {
    for (const auto& [key, value] : change)
        present[key] = value;
}

template <class T>
void merge_value(std::optional<T>& present, const std::optional<T>& change) {
    if (!change)
        return;
    if constexpr (boost::describe::has_describe_members<T>::value)
        merge(present ? *present : present.emplace(), *change);
    else
        present = change;
}

template <class T>
void merge(T& present, const T& change) {
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>(
        [&](auto member) { merge_value(present.*member.pointer, change.*member.pointer); });
}

template <class T>
void add_if_missing(std::optional<T>& value, const std::optional<T>& present) {
    if (!value)
        value = present;
}

// Members that are written together, or mean something only beside another.
void complete(spec::Resources& change, const spec::Resources& present) {
    const spec::Memory memory = present.memory.value_or(spec::Memory{});
    const spec::Cpu cpu = present.cpu.value_or(spec::Cpu{});
    if (change.memory && (change.memory->limit || change.memory->swap)) {
        // no limit of both lies below that of memory alone
        if (!change.memory->swap && change.memory->limit.value_or(0) == -1 && memory.swap)
            change.memory->swap = -1;
        add_if_missing(change.memory->limit, memory.limit);
        add_if_missing(change.memory->swap, memory.swap);
    }
    if (change.cpu && (change.cpu->quota || change.cpu->period)) {
        add_if_missing(change.cpu->quota, cpu.quota);
        add_if_missing(change.cpu->period, cpu.period);
    }
    if (change.cpu && change.cpu->shares)
        add_if_missing(change.cpu->idle, cpu.idle);
    // the kernel takes a weight for all devices for theirs, too
    if (change.blockIO && change.blockIO->weight && change.blockIO->weightDevice.empty() && present.blockIO)
        change.blockIO->weightDevice = present.blockIO->weightDevice;
}

class Updater {
  public:
    explicit Updater(Cgroup& cgroup) : cgroup_(cgroup), layout_(cgroup.layout()) {}

    bool is_v2() const { return layout_.version == CgroupLayout::Version::v2; }

    // What a file holds; nothing if there is no such file.
    std::optional<std::string> read(const std::string& controller, const std::string& file) const {
        const CgroupHierarchy* const hierarchy =
            is_v2() ? &layout_.hierarchies.front() : layout_.find(controller);
        if (!hierarchy)
            return std::nullopt;
        try {
            return read_at(layout_.top.get(), (hierarchy->below(cgroup_.record().path) + "/" + file).c_str());
        } catch (const Error&) {
            return std::nullopt;
        }
    }

    std::optional<std::uint64_t> number(const std::string& controller, const std::string& file) const {
        const auto text = read(controller, file);
        std::uint64_t value = 0;
        if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc{})
            return std::nullopt;
        return value;
    }

    void write(const std::vector<CgroupWrite>& writes) {
        std::vector<CgroupWrite> undo;
        try {
            for (const auto& one : writes) {
                add_present(one, undo);
                cgroup_.write({one});
            }
        } catch (const Error&) {
            for (auto one = undo.rbegin(); one != undo.rend(); ++one)
                restore(*one);
            throw;
        }
    }

  private:
    // What brings the present value back, a write a line: some files have one for each device.
    void add_present(const CgroupWrite& one, std::vector<CgroupWrite>& undo) const {
        for (const std::string* const file : {&one.file, &one.otherwise}) {
            const auto text = file->empty() ? std::nullopt : read(one.controller, *file);
            if (!text)
                continue;
            for (std::size_t at = 0; at <= text->size();) {
                const std::size_t end = std::min(text->find('\n', at), text->size());
                if (end > at || text->size() <= 1)
                    undo.push_back({one.controller, *file, text->substr(at, end - at) + "\n", one.pointer});
                at = end + 1;
            }
            return;
        }
    }

    void restore(const CgroupWrite& one) {
        try {
            cgroup_.write({one});
        } catch (const Error&) {
            // the error that brought us here is the one to be told
        }
    }

    Cgroup& cgroup_;
    const CgroupLayout& layout_;
};

std::vector<CgroupWrite>::iterator find_write(std::vector<CgroupWrite>& writes, std::string_view file) {
    return std::find_if(writes.begin(), writes.end(),
                        [&](const CgroupWrite& one) { return one.file == file; });
}

// v1: at no time may the limit of memory and swap lie below that of memory.
void order_memory(std::vector<CgroupWrite>& writes, const Updater& updater, const spec::Memory& memory) {
    const auto limit = find_write(writes, "memory.limit_in_bytes"),
               both = find_write(writes, "memory.memsw.limit_in_bytes");
    if (limit == writes.end() || both == writes.end())
        return;
    const auto present = updater.number("memory", "memory.memsw.limit_in_bytes");
    const bool grows = *memory.swap < 0 || (present && static_cast<std::uint64_t>(*memory.swap) > *present);
    if (grows)
        std::iter_swap(limit, both);
}

// v1: at no time may quota to period be more than a cgroup above allows, where both the present and the
// new ones are less: a shorter period comes after its quota.
void order_period(std::vector<CgroupWrite>& writes, const Updater& updater, const spec::Cpu& cpu) {
    const auto period = find_write(writes, "cpu.cfs_period_us"),
               quota = find_write(writes, "cpu.cfs_quota_us");
    if (period == writes.end() || quota == writes.end())
        return;
    const auto present = updater.number("cpu", "cpu.cfs_period_us");
    if ((present && *cpu.period < *present) != (quota < period))
        std::iter_swap(period, quota);
}

// A quota below the present burst is refused.
void order_burst(std::vector<CgroupWrite>& writes, bool v2) {
    const auto burst = find_write(writes, v2 ? "cpu.max.burst" : "cpu.cfs_burst_us");
    if (burst == writes.end())
        return;
    CgroupWrite none = *burst;
    none.text = "0";
    writes.insert(writes.begin(), std::move(none));
}

// config-linux.md#memory, checkBeforeUpdate: v1 refuses by itself, v2 would kill processes.
void check_usage(const Updater& updater, const spec::Memory& memory) {
    const auto check = [&](const char* file, std::int64_t limit, const char* member) {
        const auto usage = updater.number("memory", file);
        if (usage && limit >= 0 && static_cast<std::uint64_t>(limit) < *usage)
            refuse("/linux/resources/memory/" + std::string(member),
                   "the container uses " + std::to_string(*usage) +
                       " bytes already, more than the new limit of " + std::to_string(limit),
                   "checkBeforeUpdate asks to refuse that");
    };
    if (memory.limit)
        check("memory.current", *memory.limit, "limit");
    if (memory.swap && *memory.swap >= 0 && memory.limit && *memory.limit >= 0)
        check("memory.swap.current", *memory.swap - *memory.limit, "swap");
}

}  // namespace

void merge_resources(spec::Resources& resources, const spec::Resources& change) {
    auto devices = std::move(resources.devices);
    merge(resources, change);
    resources.devices = std::move(devices);
}

spec::Resources complete_change(spec::Resources change, const spec::Resources& present) {
    change = without_zeros(std::move(change));
    complete(change, present);
    change.devices.clear();
    return change;
}

void update_limits(Cgroup& cgroup, const spec::Resources& present, const spec::Resources& change) {
    Updater updater(cgroup);
    auto writes = updater.is_v2() ? resource_writes_v2(change) : resource_writes_v1(change);
    if (writes.empty())
        return;
    if (cgroup.record().path.empty() || cgroup.layout().version == CgroupLayout::Version::none)
        refuse("/linux/resources", "there is no cgroup to set limits in");
    const bool check = change.memory && change.memory->checkBeforeUpdate
                           ? *change.memory->checkBeforeUpdate
                           : present.memory && present.memory->checkBeforeUpdate.value_or(false);
    if (check && change.memory && updater.is_v2())
        check_usage(updater, *change.memory);
    if (change.memory)
        order_memory(writes, updater, *change.memory);
    if (change.cpu)
        order_period(writes, updater, *change.cpu);
    order_burst(writes, updater.is_v2());
    updater.write(writes);
}

}  // namespace ocikit::run
