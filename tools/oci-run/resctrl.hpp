// Cache and memory bandwidth of a container: linux.intelRdt, by the resctrl filesystem
// (config-linux.md#intelrdt; Documentation/arch/x86/resctrl.rst of the kernel).
#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "plan/init_plan.hpp"
#include "state/record.hpp"

namespace ocikit::run {

// How directories are made and removed: in resctrl files come and go with them. Tests,
// where there is no such hardware, do that themselves.
struct ResctrlDirectories {
    int (*make)(const char* path);
    int (*remove)(const char* path);
};
extern const ResctrlDirectories resctrl_directories;

// Where resctrl is mounted, by a text as /proc/self/mountinfo has it; "" if nowhere.
std::string resctrl_mount_point(std::string_view mountinfo);
// The same here. Throws Error if it isn't mounted.
std::string find_resctrl();

// A container's place in resctrl; what was made of it goes again, unless kept.
class Resctrl {
  public:
    // root: the mount point.
    Resctrl(const std::string& root, const RdtPlan& plan, const std::string& id,
            const ResctrlDirectories& directories = resctrl_directories);
    Resctrl(const Resctrl&) = delete;
    Resctrl& operator=(const Resctrl&) = delete;
    ~Resctrl();

    // What `delete` needs, known before anything is made.
    const RdtRecord& record() const { return record_; }
    // Makes the groups, or compares the one that is there, and puts the process in. Throws
    // Error, with the pointer.
    void apply(pid_t pid);
    void keep() { group_made_ = monitor_made_ = false; }

  private:
    void make_group();
    void make_monitor();
    void compare_schemata() const;

    const RdtPlan& plan_;
    const ResctrlDirectories& directories_;
    std::string root_;
    RdtRecord record_;
    bool group_made_ = false, monitor_made_ = false;
};

// Puts one more process of a container in its groups.
void join_resctrl(const RdtRecord& record, pid_t pid);
// `update`: gives the group of a container other schemata, and returns what takes them back. Throws
// Error, with nothing changed, if it has none or the kernel doesn't take one.
std::string change_schemata(const RdtRecord& record, const std::vector<RdtPlan::Line>& lines);
void restore_schemata(const RdtRecord& record, const std::string& before);
// Removes what was made for a container alone.
void remove_resctrl(const RdtRecord& record, const ResctrlDirectories& directories = resctrl_directories);

}  // namespace ocikit::run
