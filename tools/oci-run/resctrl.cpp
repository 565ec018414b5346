#include "resctrl.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "kernel/files.hpp"
#include "kernel/mount_table.hpp"
#include "kernel/split.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

constexpr const char* base = "/linux/intelRdt";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? ""
                                           : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "L3:0=00f;1=F" → {"L3 0": "f", "L3 1": "f"}: masks can be written in several ways.
using Schemata = std::map<std::string, std::string>;
void read_line(std::string_view line, Schemata& schemata) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos)
        return;
    const std::string resource(trimmed(line.substr(0, colon)));
    for (const auto entry : split(line.substr(colon + 1), ";")) {
        const auto equals = entry.find('=');
        std::string value(trimmed(equals == std::string_view::npos ? "" : entry.substr(equals + 1)));
        std::transform(value.begin(), value.end(), value.begin(),
                       [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
        value.erase(0, std::min(value.find_first_not_of('0'), value.size() - (value.empty() ? 0 : 1)));
        schemata[resource + " " + std::string(trimmed(entry.substr(0, equals)))] = value;
    }
}

bool is_directory(const std::string& path) {
    struct stat st;
    return ::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

void add_task(const std::string& group, pid_t pid) {
    try {
        write_at(AT_FDCWD, (group + "/tasks").c_str(), std::to_string(pid));
    } catch (const Error& error) {
        throw error.within("config.json: " + std::string(base));
    }
}

// Why the kernel has refused what was written last, in its words; "" if it has none.
std::string last_refusal(const std::string& group) {
    const std::string root = group.substr(0, group.rfind('/'));
    for (const auto& top : {group, root}) {  // the default group is the root itself
        try {
            std::string why = read_at(AT_FDCWD, (top + "/info/last_cmd_status").c_str());
            why.erase(std::min(why.find('\n'), why.size()));
            return why == "ok" ? "" : why;
        } catch (const Error&) {
            continue;  // the errno says enough
        }
    }
    return "";
}

void write_schemata(const std::string& group, const std::vector<RdtPlan::Line>& lines) {
    const std::string file = group + "/schemata";
    for (const auto& [pointer, line] : lines) {
        try {
            write_at(AT_FDCWD, file.c_str(), line + "\n", "\"" + line + "\" to " + file);
        } catch (const Error& error) {
            const std::string why = last_refusal(group);
            throw Error({.operation = "write \"" + line + "\" to " + file,
                         .object = "config.json: " + std::string(base) + pointer,
                         .code = error.code(),
                         .hint = why.empty() ? "" : "the kernel says: " + why});
        }
    }
}

}  // namespace

const ResctrlDirectories resctrl_directories{[](const char* path) { return ::mkdir(path, 0755); },
                                             [](const char* path) { return ::rmdir(path); }};

std::string resctrl_mount_point(std::string_view mountinfo) {
    for (const auto& mount : parse_mount_table(mountinfo))
        if (mount.type == "resctrl")
            return mount.point;
    return "";
}

std::string find_resctrl() {
    std::string point = resctrl_mount_point(read_at(AT_FDCWD, "/proc/self/mountinfo"));
    if (point.empty())
        refuse(base, "there is no resctrl filesystem",
               "`mount -t resctrl resctrl /sys/fs/resctrl`, if the processor and the kernel have it");
    return point;
}

Resctrl::Resctrl(const std::string& root, const RdtPlan& plan, const std::string& id,
                 const ResctrlDirectories& directories)
    : plan_(plan), directories_(directories), root_(root) {
    record_.own_group = plan.class_id.empty();
    record_.group = plan.class_id == "/" ? root : root + "/" + (record_.own_group ? id : plan.class_id);
    if (plan.monitor)
        record_.monitor = record_.group + "/mon_groups/" + id;
}

Resctrl::~Resctrl() {
    if (monitor_made_)
        directories_.remove(record_.monitor.c_str());
    if (group_made_)
        directories_.remove(record_.group.c_str());
}

void Resctrl::apply(pid_t pid) {
    make_group();
    if (plan_.monitor)
        make_monitor();
    join_resctrl(record_, pid);
}

void Resctrl::make_group() {
    const bool wanted = record_.own_group || !plan_.lines.empty();
    if (is_directory(record_.group) && !record_.own_group)
        return compare_schemata();
    if (!wanted)
        refuse(std::string(base) + "/closID",
               record_.group + " doesn't exist, and there is no schema to make it with");
    if (directories_.make(record_.group.c_str()) < 0)
        throw Error::last("make " + record_.group, "config.json: " + std::string(base),
                          errno == ENOSPC ? "the processor has no more classes of service" : "");
    group_made_ = true;
    write_schemata(record_.group, plan_.lines);
}

void Resctrl::make_monitor() {
    if (directories_.make(record_.monitor.c_str()) < 0)
        throw Error::last("make " + record_.monitor,
                          "config.json: " + std::string(base) + "/enableMonitoring",
                          errno == ENOSPC ? "the processor has no more monitoring groups" : "");
    monitor_made_ = true;
}

void Resctrl::compare_schemata() const {
    if (plan_.lines.empty())
        return;
    Schemata present;
    const std::string text = read_at(AT_FDCWD, (record_.group + "/schemata").c_str());
    for (const auto line : lines_of(text))
        read_line(line, present);
    for (const auto& [pointer, line] : plan_.lines) {
        Schemata asked;
        read_line(line, asked);
        for (const auto& [place, value] : asked)
            if (const auto found = present.find(place); found == present.end() || found->second != value)
                refuse(base + pointer, "\"" + line + "\" is not what " + record_.group + "/schemata has");
    }
}

void join_resctrl(const RdtRecord& record, pid_t pid) {
    if (record.group.empty())
        return;
    add_task(record.group, pid);
    if (!record.monitor.empty())
        add_task(record.monitor, pid);
}

std::string change_schemata(const RdtRecord& record, const std::vector<RdtPlan::Line>& lines) {
    if (record.group.empty())
        refuse(base, "the container was made without linux.intelRdt: it has no class to change");
    std::string before = read_at(AT_FDCWD, (record.group + "/schemata").c_str());
    try {
        write_schemata(record.group, lines);
    } catch (const Error&) {
        restore_schemata(record, before);
        throw;
    }
    return before;
}

void restore_schemata(const RdtRecord& record, const std::string& before) {
    try {
        write_at(AT_FDCWD, (record.group + "/schemata").c_str(), before);
    } catch (const Error&) {
        // the error that brought us here is the one to be told
    }
}

void remove_resctrl(const RdtRecord& record, const ResctrlDirectories& directories) {
    const auto remove = [&directories](const std::string& path) {
        if (!path.empty() && directories.remove(path.c_str()) < 0 && errno != ENOENT)
            throw Error::last("remove", path);
    };
    remove(record.monitor);
    remove(record.own_group ? record.group : "");
}

}  // namespace ocikit::run
