#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"
#include "oci-run/supervise.hpp"

namespace ocikit::run {

namespace {

int run_detached(const LaunchRequest& request) {
    Warnings warnings;
    Launched launched = launch(request, warnings.list);
    launched.process.release();
    Container container(std::move(launched.state), std::move(launched.record));
    try {
        container.run_poststart_hooks(warnings.list);
    } catch (...) {
        container.destroy(warnings.list, launched.layout.get());
        throw;
    }
    if (launched.notifier) {
        warnings.tell();
        container.await_ready(*launched.notifier);
    }
    return 0;
}

int run_in_foreground(const LaunchRequest& request, bool keep) {
    // From here on no signal ends this process: they are the container's.
    const SignalSource signals;
    Warnings warnings;
    Launched launched = launch(request, warnings.list);
    Container container(std::move(launched.state), std::move(launched.record));
    ExitStatus status;
    try {
        container.run_poststart_hooks(warnings.list);
        warnings.tell();
        const Notifier* const notifier = launched.notifier ? &*launched.notifier : nullptr;
        status = supervise(launched.process, std::move(launched.console), notifier, signals);
    } catch (...) {
        container.destroy(warnings.list, launched.layout.get());
        throw;
    }
    if (!keep)
        container.destroy(warnings.list, launched.layout.get());
    return status.code;
}

}  // namespace

int run_command(const cli::Arguments& arguments) {
    LaunchRequest request = launch_request(arguments);
    request.foreground = !arguments.flag("detach");
    return request.foreground ? run_in_foreground(request, arguments.flag("keep")) : run_detached(request);
}

}  // namespace ocikit::run
