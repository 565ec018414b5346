// linux.netDevices
#include <linux/sched.h>
#include <map>
#include <sched.h>
#include <string_view>

#include <ocikit/document.hpp>
#include <ocikit/text.hpp>

#include "plan/make_plan.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

constexpr std::size_t longest_name = 15;  // IFNAMSIZ - 1

// As the kernel takes it (dev_valid_name): why it doesn't, "" if it does.
std::string why_no_name(std::string_view name) {
    if (name.empty())
        return "empty: a network device has a name";
    if (name.size() > longest_name)
        return ocikit::quoted(name) + " is longer than " + std::to_string(longest_name) + " bytes";
    if (name == "." || name == ".." || name.find_first_of("/: \t\n\v\f\r") != std::string_view::npos)
        return ocikit::quoted(name) + " is no name of a network device";
    return "";
}

// A name for the container: one %d in it stands for a number that the kernel chooses.
std::string why_no_template(std::string_view name) {
    const auto percent = name.find('%');
    if (percent == std::string_view::npos)
        return "";
    if (name.substr(percent, 2) != "%d" || name.find('%', percent + 1) != std::string_view::npos)
        return ocikit::quoted(name) + " has a % that is not one %d";
    return "";
}

}  // namespace

std::vector<NetDeviceStep> plan_net_devices(const std::map<std::string, spec::NetDevice>& devices,
                                            const InitPlan& plan) {
    if (!devices.empty() && !has_namespace(plan, CLONE_NEWNET))
        refuse("/linux/netDevices", "needs a network namespace of the container's own",
               "add {\"type\": \"network\"} to /linux/namespaces");
    std::vector<NetDeviceStep> steps;
    std::map<std::string, std::string> taken{{"lo", "the loopback device"}};
    for (const auto& [host_name, device] : devices) {
        const std::string pointer = pointer_append("/linux/netDevices", host_name);
        if (const std::string why = why_no_name(host_name); !why.empty())
            refuse(pointer, why);
        NetDeviceStep step{host_name, device.name && !device.name->empty() ? *device.name : host_name, false};
        const std::string place = step.name == host_name ? pointer : pointer + "/name";
        if (const std::string why = why_no_name(step.name); !why.empty())
            refuse(place, why);
        if (step.name != host_name) {
            if (const std::string why = why_no_template(step.name); !why.empty())
                refuse(place, why);
            step.is_template = step.name.find('%') != std::string::npos;
        }
        if (!step.is_template)
            if (const auto [found, fresh] = taken.emplace(step.name, ocikit::quoted(host_name)); !fresh)
                refuse(place, ocikit::quoted(step.name) + " is the name of " + found->second + " already");
        steps.push_back(std::move(step));
    }
    return steps;
}

}  // namespace ocikit::run
