#include <chrono>
#include <thread>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ocikit/encode.hpp>

#include "common/output.hpp"
#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"

namespace ocikit::run {

namespace {

// Who asks while a container is made, which takes milliseconds, wants to know how it turns out, a hook
// aside: that it waits for.
Container open_made(const std::string& root, const std::string& id) {
    using namespace std::chrono_literals;
    const auto end = std::chrono::steady_clock::now() + 1s;
    for (;;) {
        Container container = Container::open(root, id);
        const bool answered =
            container.status() != Status::creating || (container.record().pid != 0 && container.has_hooks());
        if (answered || std::chrono::steady_clock::now() > end)
            return container;
        std::this_thread::sleep_for(1ms);
    }
}

}  // namespace

int state_command(const cli::Arguments& arguments) {
    const Container container = open_made(state_root(arguments), arguments.positionals.front());
    cli::print(to_text(container.describe(), 2));
    return 0;
}

}  // namespace ocikit::run
