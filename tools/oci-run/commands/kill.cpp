#include <ocikit/signal_name.hpp>

#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"

namespace ocikit::run {

int kill_command(const cli::Arguments& arguments) {
    std::string name = arguments.value_or("signal", "TERM");
    if (arguments.positionals.size() > 1)
        name = arguments.positionals[1];
    // as of kill(2): 0 is no signal, and tells whether one could be sent
    const auto signal = name == "0" ? std::optional(0) : signal_number(name);
    if (!signal)
        throw cli::UsageError("unknown signal \"" + name +
                              "\"; a name such as TERM or SIGTERM, or a number of 0 to 64, is one");
    const std::string root = state_root(arguments);
    return for_each_container(arguments, [&](const std::string& id) {
        Container::open(root, id).kill(*signal, arguments.flag("all"));
    });
}

}  // namespace ocikit::run
