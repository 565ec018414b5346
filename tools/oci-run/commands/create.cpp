#include "oci-run/commands/commands.hpp"

namespace ocikit::run {

int create_command(const cli::Arguments& arguments) {
    LaunchRequest request = launch_request(arguments);
    request.wait_for_start = true;
    Warnings warnings;
    launch(request, warnings.list).process.release();
    return 0;
}

}  // namespace ocikit::run
