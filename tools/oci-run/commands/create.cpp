#include "oci-run/commands/commands.hpp"

namespace ocikit::run {

int create_command(const cli::Arguments& arguments) {
    LaunchRequest request = launch_request(arguments);
    request.wait_for_start = true;
    std::vector<std::string> warnings;
    Launched container = launch(request, warnings);
    container.process.release();
    print_warnings(warnings);
    return 0;
}

}  // namespace ocikit::run
