#include "plan/make_plan.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

void unsupported_if(bool set, const char* pointer) {
    if (set)
        refuse(pointer, "not supported by this version of oci-run",
               "remove the property, or use another runtime");
}

void check_process(const spec::Process& process) {
    unsupported_if(process.apparmorProfile && !process.apparmorProfile->empty(), "/process/apparmorProfile");
    unsupported_if(process.selinuxLabel && !process.selinuxLabel->empty(), "/process/selinuxLabel");
    unsupported_if(process.scheduler.has_value(), "/process/scheduler");
    unsupported_if(process.ioPriority.has_value(), "/process/ioPriority");
    unsupported_if(process.execCPUAffinity.has_value(), "/process/execCPUAffinity");
    unsupported_if(process.commandLine.has_value(), "/process/commandLine");
    unsupported_if(process.user && process.user->username, "/process/user/username");
}

void check_hooks(const spec::Hooks& hooks) {
    unsupported_if(!hooks.prestart.empty(), "/hooks/prestart");
    unsupported_if(!hooks.createRuntime.empty(), "/hooks/createRuntime");
    unsupported_if(!hooks.createContainer.empty(), "/hooks/createContainer");
    unsupported_if(!hooks.startContainer.empty(), "/hooks/startContainer");
    unsupported_if(!hooks.poststart.empty(), "/hooks/poststart");
    unsupported_if(!hooks.poststop.empty(), "/hooks/poststop");
}

void check_resources(const spec::Resources& resources) {
    unsupported_if(resources.memory.has_value(), "/linux/resources/memory");
    unsupported_if(resources.cpu.has_value(), "/linux/resources/cpu");
    unsupported_if(resources.pids.has_value(), "/linux/resources/pids");
    unsupported_if(resources.blockIO.has_value(), "/linux/resources/blockIO");
    unsupported_if(!resources.hugepageLimits.empty(), "/linux/resources/hugepageLimits");
    unsupported_if(resources.network.has_value(), "/linux/resources/network");
    unsupported_if(!resources.rdma.empty(), "/linux/resources/rdma");
    unsupported_if(!resources.unified.empty(), "/linux/resources/unified");
}

void check_linux(const spec::Linux& linux) {
    unsupported_if(!linux.uidMappings.empty(), "/linux/uidMappings");
    unsupported_if(!linux.gidMappings.empty(), "/linux/gidMappings");
    unsupported_if(!linux.timeOffsets.empty(), "/linux/timeOffsets");
    unsupported_if(!linux.netDevices.empty(), "/linux/netDevices");
    unsupported_if(linux.seccomp.has_value(), "/linux/seccomp");
    unsupported_if(!linux.sysctl.empty(), "/linux/sysctl");
    unsupported_if(linux.mountLabel && !linux.mountLabel->empty(), "/linux/mountLabel");
    unsupported_if(linux.intelRdt.has_value(), "/linux/intelRdt");
    unsupported_if(linux.memoryPolicy.has_value(), "/linux/memoryPolicy");
    unsupported_if(linux.personality.has_value(), "/linux/personality");
    if (linux.resources)
        check_resources(*linux.resources);
}

}  // namespace

void refuse_unsupported(const spec::Config& config) {
    unsupported_if(config.solaris.has_value(), "/solaris");
    unsupported_if(config.windows.has_value(), "/windows");
    unsupported_if(config.vm.has_value(), "/vm");
    unsupported_if(config.zos.has_value(), "/zos");
    unsupported_if(config.freebsd.has_value(), "/freebsd");
    if (config.process)
        check_process(*config.process);
    if (config.hooks)
        check_hooks(*config.hooks);
    if (config.linux)
        check_linux(*config.linux);
}

}  // namespace ocikit::run
