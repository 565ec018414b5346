// linux.resources → what is written to which file of the cgroup. Pure data: the files
// are written by Cgroup::write.
#pragma once

#include <string>
#include <vector>

#include <ocikit/linux.hpp>

namespace ocikit::run {

struct CgroupWrite {
    std::string controller;  // "memory"; "" on v2 where any will do
    std::string file;        // "memory.max"
    std::string text;
    std::string pointer;  // of the property, in config.json
    // Taken instead of file if that doesn't exist.
    std::string otherwise = {};
    std::string otherwise_text = {};
    // No error if neither file exists.
    bool optional = false;
};

// Without the zeros that callers write for "not given" where no cgroup could have a limit of 0:
// dockerd has blockIO.weight 0 in every configuration.
spec::Resources without_zeros(spec::Resources resources);

// All but the devices, which have a module of their own. Throws Error, with the
// pointer, for what a hierarchy of that version can't do. Zeros as above are not written.
std::vector<CgroupWrite> resource_writes_v1(const spec::Resources& resources);
std::vector<CgroupWrite> resource_writes_v2(const spec::Resources& resources);

// cpu.shares (2 to 262144, 1024 the default) as cpu.weight (1 to 10000, 100 the default).
unsigned cpu_weight(std::uint64_t shares);

}  // namespace ocikit::run
