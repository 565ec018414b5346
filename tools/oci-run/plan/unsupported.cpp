#include "plan/make_plan.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

// Of another platform, on which a configuration for this one must say nothing.
void foreign_if(bool set, const char* pointer, const char* platform) {
    if (set)
        refuse(pointer, "is for containers of " + std::string(platform), "remove the property");
}

}  // namespace

void refuse_unsupported(const spec::Process& process) {
    foreign_if(process.commandLine && !process.commandLine->empty(), "/process/commandLine", "Windows");
    foreign_if(process.user && process.user->username && !process.user->username->empty(),
               "/process/user/username", "Windows");
}

void refuse_unsupported(const spec::Config& config) {
    foreign_if(config.solaris.has_value(), "/solaris", "Solaris");
    foreign_if(config.windows.has_value(), "/windows", "Windows");
    foreign_if(config.vm.has_value(), "/vm", "virtual machines");
    foreign_if(config.zos.has_value(), "/zos", "z/OS");
    foreign_if(config.freebsd.has_value(), "/freebsd", "FreeBSD");
    if (config.process)
        refuse_unsupported(*config.process);
}

}  // namespace ocikit::run
