// linux.netDevices
#include <map>

#include "plan/make_plan.hpp"

namespace ocikit::run {

std::vector<NetDeviceStep> plan_net_devices(const std::map<std::string, spec::NetDevice>& devices) {
    std::vector<NetDeviceStep> steps;
    for (const auto& [host_name, device] : devices) {
        NetDeviceStep step{host_name, device.name && !device.name->empty() ? *device.name : host_name, false};
        // the kernel chooses the number that %d stands for
        step.is_template = step.name != host_name && step.name.find('%') != std::string::npos;
        steps.push_back(std::move(step));
    }
    return steps;
}

}  // namespace ocikit::run
