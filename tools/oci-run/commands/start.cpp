#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"

namespace ocikit::run {

int start_command(const cli::Arguments& arguments) {
    Container container = Container::open_locked(state_root(arguments), arguments.positionals.front());
    Warnings warnings;
    container.start(warnings.list);
    return 0;
}

}  // namespace ocikit::run
