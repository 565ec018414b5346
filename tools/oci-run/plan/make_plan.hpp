// config.json → InitPlan.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <ocikit/config.hpp>

#include "plan/init_plan.hpp"

namespace ocikit::run {

struct PlanOptions {
    std::string id;
    std::string bundle;  // absolute
    bool pivot = true;
    bool new_keyring = true;
};

// config has passed checked_config. Throws Error, with the pointer of the property, for what
// a container of oci-run can't have all the same.
// warnings: what the spec asks to be told but not refused (unknown capabilities).
InitPlan make_plan(const spec::Config& config, const PlanOptions& options,
                   std::vector<std::string>& warnings);

// The parts, each in a file of its own.
std::vector<DeviceNode> plan_devices(const std::vector<spec::Device>& devices);
ProcessPlan plan_process(const spec::Process& process, std::vector<std::string>& warnings);
// Of plan_process, the scheduler and labels; and what a process has of the container.
void plan_attributes(const spec::Process& process, ProcessPlan& plan);
void plan_attributes(const spec::Linux& linux, ProcessPlan& plan);
// Whether an annotation asks for something; throws Error if its value is no answer.
bool annotation_flag(const std::map<std::string, std::string>& annotations, const char* name);
// After plan_process.
void plan_annotations(const std::map<std::string, std::string>& annotations, ProcessPlan& process,
                      std::vector<std::string>& warnings);
// After the namespaces, which it asks for.
std::vector<SysctlStep> plan_sysctls(const spec::Config& config, const InitPlan& plan);
RdtPlan plan_rdt(const spec::IntelRdt& rdt);
std::vector<NetDeviceStep> plan_net_devices(const std::map<std::string, spec::NetDevice>& devices);
// Whether the container has a namespace (CLONE_NEW…) other than oci-run's.
bool has_namespace(const InitPlan& plan, std::uint64_t flag);
void plan_namespaces(const std::vector<spec::Namespace>& namespaces, InitPlan& plan);
// After the namespaces; mappings also after the mounts and the process, whose ids they must have.
void plan_user_namespace(const spec::Linux& linux, InitPlan& plan);
void plan_clocks(const spec::Linux& linux, InitPlan& plan);

// Throws Error for a property of another system; nothing in config.json is ignored.
void refuse_unsupported(const spec::Config& config);
void refuse_unsupported(const spec::Process& process);

}  // namespace ocikit::run
