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

void check_linux(const spec::Linux& linux) {
    unsupported_if(!linux.uidMappings.empty(), "/linux/uidMappings");
    unsupported_if(!linux.gidMappings.empty(), "/linux/gidMappings");
    unsupported_if(!linux.timeOffsets.empty(), "/linux/timeOffsets");
    unsupported_if(!linux.netDevices.empty(), "/linux/netDevices");
    unsupported_if(linux.mountLabel && !linux.mountLabel->empty(), "/linux/mountLabel");
    unsupported_if(linux.intelRdt.has_value(), "/linux/intelRdt");
    unsupported_if(linux.memoryPolicy.has_value(), "/linux/memoryPolicy");
    unsupported_if(linux.personality.has_value(), "/linux/personality");
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
    if (config.linux)
        check_linux(*config.linux);
}

}  // namespace ocikit::run
