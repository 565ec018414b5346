#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"

namespace ocikit::run {

int start_command(const cli::Arguments& arguments) {
    Container container = Container::open_locked(state_root(arguments), arguments.positionals.front());
    Warnings warnings;
    const auto notifier = container.notifier(callers_notify_socket());
    container.start(warnings.list);
    if (notifier) {
        warnings.tell();
        container.await_ready(*notifier);
    }
    return 0;
}

}  // namespace ocikit::run
