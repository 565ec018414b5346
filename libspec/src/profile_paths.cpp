#include <algorithm>

#include <ocikit/profile_paths.hpp>

#include "rules/values.hpp"

namespace ocikit {

namespace {

constexpr std::string_view masked[] = {
    "/proc/acpi",       "/proc/asound",      "/proc/kcore",       "/proc/keys",    "/proc/latency_stats",
    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"};
constexpr std::string_view readonly_paths[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                               "/proc/sysrq-trigger"};

}  // namespace

std::span<const std::string_view> usual_masked_paths() {
    return masked;
}

std::span<const std::string_view> usual_readonly_paths() {
    return readonly_paths;
}

std::vector<std::string> missing_paths(const std::vector<std::string>& paths,
                                       std::span<const std::string_view> usual) {
    std::vector<std::string> missing;
    for (const std::string_view path : usual)
        if (std::none_of(paths.begin(), paths.end(),
                         [path](const std::string& known) { return is_within(path, clean_path(known)); }))
            missing.emplace_back(path);
    return missing;
}

}  // namespace ocikit
