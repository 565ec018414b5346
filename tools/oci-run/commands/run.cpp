#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"
#include "oci-run/supervise.hpp"

namespace ocikit::run {

int run_command(const cli::Arguments& arguments) {
    LaunchRequest request = launch_request(arguments);
    const bool detach = arguments.flag("detach");
    request.foreground = !detach;
    std::vector<std::string> warnings;
    if (detach) {
        launch(request, warnings).process.release();
        print_warnings(warnings);
        return 0;
    }
    // From here on no signal ends this process: they are the container's.
    SignalSource signals;
    Launched launched = launch(request, warnings);
    print_warnings(warnings);
    const ExitStatus status = supervise(launched, signals);
    if (!arguments.flag("keep"))
        Container(std::move(launched.state), std::move(launched.record)).destroy(launched.layout.get());
    return status.code;
}

}  // namespace ocikit::run
