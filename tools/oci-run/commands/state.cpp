#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ocikit/encode.hpp>

#include "common/output.hpp"
#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"

namespace ocikit::run {

int state_command(const cli::Arguments& arguments) {
    const Container container = Container::open(state_root(arguments), arguments.positionals.front());
    cli::print(to_text(container.describe(), 2));
    return 0;
}

}  // namespace ocikit::run
