// The container's cgroup: the same path in every hierarchy.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "cgroup/device_rules.hpp"
#include "cgroup/layout.hpp"
#include "cgroup/resources.hpp"

namespace ocikit::run {

// What has to be kept about a cgroup to remove it later: for each hierarchy (by its
// name) how many directories at the end of the path are ours.
struct CgroupRecord {
    std::string path;  // below the mount, without a leading slash; "" is none
    std::map<std::string, unsigned> made;
    std::string unit = {};    // of systemd, which has made it; "": oci-run has
    bool users_unit = false;  // of the user's own systemd
};

// Makes the cgroup and takes it away again unless it is kept.
//
// Whoever makes one joins it before anything is limited by it: on v1 init writes
// itself to every `tasks` (a foreign pid in cgroup.procs waits for an RCU grace
// period, 10 ms on an idle machine), on v2 it is cloned into fd().
class Cgroup {
  public:
    // path: below the mount, of names only. An existing cgroup is emptied and used if it
    // has no processes and isn't frozen; otherwise Error.
    Cgroup(const CgroupLayout& layout, std::string path);
    // That of a unit which systemd makes, with a process in it, before make() is called.
    Cgroup(const CgroupLayout& layout, std::string path, std::string unit, bool users_unit);
    // One that exists, from its record.
    Cgroup(const CgroupLayout& layout, CgroupRecord record);
    ~Cgroup();
    Cgroup(const Cgroup&) = delete;
    Cgroup& operator=(const Cgroup&) = delete;

    void make();
    // Sets limits, in order. Throws Error with the property for one that can't be set.
    void write(const std::vector<CgroupWrite>& writes);
    // v1: writes the devices lists. v2: loads and attaches a BPF program.
    void apply(const std::vector<DeviceAccess>& rules);
    // Whether it has a control file of that name in the hierarchy of the controller.
    bool has(const std::string& controller, const std::string& file) const;
    // Puts a process where systemd hasn't put it.
    void take_in(pid_t pid) const;
    // v2: makes it the user's, with the files that are there to be delegated; nothing else, as
    // its limits are in the others.
    void delegate(uid_t user) const;
    // v1: puts the calling, single-threaded process into every hierarchy.
    void join_v1() const;
    // v2: the directory, for CLONE_INTO_CGROUP.
    UniqueFd open_v2() const;

    // Every process in it and in the cgroups that the container has made there, as
    // this process's pid namespace has them.
    std::vector<pid_t> processes() const;
    // v2: kills them all, those too that are being forked; false where this kernel can't
    // (before Linux 5.14), or there is nobody.
    bool kill_at_once() const;
    // Kills them all and waits until they are gone, for at most a few seconds.
    void kill_all() const;
    // Removes what was made, and what the container has made in its cgroup; a directory
    // in use is waited for. A parent stays that others have put something into. Throws
    // Error if the cgroup itself stays.
    void remove();
    // Leaves it in place; the record is what removes it later.
    CgroupRecord keep();

    const CgroupLayout& layout() const { return layout_; }
    const CgroupRecord& record() const { return record_; }
    // Before make(): what it is going to make.
    CgroupRecord expected_record() const;

  private:
    void make_in(const CgroupHierarchy& hierarchy);
    void take_over(const CgroupHierarchy& hierarchy) const;
    bool is_made(const CgroupHierarchy& hierarchy) const;

    const CgroupLayout& layout_;
    CgroupRecord record_;
    bool ours_ = false;
};

// linux.cgroupsPath → the path below the mount: absolute or relative, both count
// from the top of the hierarchy; without one it is `oci-run-ID`.
// Throws Error for an empty path or one with `..`.
std::string cgroup_path(const std::string* cgroups_path, const std::string& id);

}  // namespace ocikit::run
