// A container's cgroup as a unit of systemd: its name, its place, its properties. Pure data.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cgroup/device_rules.hpp"
#include "cgroup/resources.hpp"
#include "dbus/message.hpp"

namespace ocikit::run {

struct SystemdUnit {
    std::string slice;  // "system.slice"; "-.slice" is the root
    std::string name;   // "oci-run-web.scope", or a slice's

    bool is_slice() const { return name.ends_with(".slice"); }
    // Below that of the manager: "a.slice/a-b.slice/oci-run-web.scope".
    std::string cgroup() const;
};

// linux.cgroupsPath as `SLICE:PREFIX:NAME` → the unit PREFIX-NAME.scope in SLICE; a NAME.slice
// is that slice itself. Without a path the prefix is oci-run and the name the id. An empty
// slice is system.slice, of a user's own manager user.slice. Throws Error for another form.
SystemdUnit systemd_unit(const std::string* cgroups_path, const std::string& id, bool users_manager);

using SystemdProperties = std::vector<std::pair<std::string, dbus::Value>>;

// The limits as far as systemd has a property for them; the rest, and these too, are written
// to the cgroup itself afterwards. systemd has to know them: it writes what it knows again
// whenever it is reloaded. version: systemd's.
SystemdProperties limit_properties(const std::vector<CgroupWrite>& limits, unsigned version);
// What systemd is to let through at least. It can't say `all of these but that one`, and
// doesn't have to: the exact rules are in force besides.
SystemdProperties device_properties(const std::vector<DeviceAccess>& rules);
// Annotations `org.systemd.property.NAME`: their values in GVariant's text format; a NAME that
// ends in Sec is given in seconds. Throws Error with the annotation.
SystemdProperties annotated_properties(const std::map<std::string, std::string>& annotations);

}  // namespace ocikit::run
