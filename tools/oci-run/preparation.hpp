// What is known of a container before anything of it is made.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <ocikit/config.hpp>
#include <ocikit/diagnostic.hpp>
#include <ocikit/document.hpp>

#include "cgroup/device_rules.hpp"
#include "cgroup/layout.hpp"
#include "cgroup/resources.hpp"
#include "cgroup/systemd.hpp"
#include "launch.hpp"
#include "plan/init_plan.hpp"

namespace ocikit::run {

struct Preparation {
    Document document;
    std::string bundle;
    spec::Config config;
    InitPlan plan;
    std::vector<DeviceAccess> device_rules;
    std::shared_ptr<const CgroupLayout> layout;
    std::string cgroup_path;  // "": none
    // With --systemd-cgroup only: who makes it, and as what.
    std::shared_ptr<Systemd> systemd;
    SystemdUnit unit;
    SystemdProperties unit_properties;
    bool users_unit = false;
    bool rootless = false;  // oci-run itself isn't root, or only of a user namespace
    std::vector<CgroupWrite> limits;
};

// Reads the bundle's config.json and plans all that follows from it and from the
// request. Throws Error for a configuration that can't be applied, with the place.
Preparation prepare(const LaunchRequest& request, std::vector<std::string>& warnings);

}  // namespace ocikit::run
