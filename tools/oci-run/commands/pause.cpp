#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"

namespace ocikit::run {

int pause_command(const cli::Arguments& arguments) {
    Container::open_locked(state_root(arguments), arguments.positionals.front()).pause();
    return 0;
}

int resume_command(const cli::Arguments& arguments) {
    Container::open_locked(state_root(arguments), arguments.positionals.front()).resume();
    return 0;
}

}  // namespace ocikit::run
