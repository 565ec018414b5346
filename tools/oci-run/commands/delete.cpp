#include <ocikit/error.hpp>

#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"

namespace ocikit::run {

namespace {

void delete_container(const std::string& root, const std::string& id, bool force) {
    auto state = StateDir::try_open(root, id);
    if (!state || !state->lock()) {
        if (force)
            return;
        StateDir::refuse_missing(root, id);
    }
    Warnings warnings;
    Container container =
        force ? Container::salvage(std::move(*state), warnings.list) : Container(std::move(*state));
    const Status status = container.status();
    // A container that was never started has run nothing: runc, and the engines that
    // call it, delete it as it is.
    if (!force && status != Status::stopped && status != Status::created)
        throw Error("cannot delete container " + id + " that is not stopped: " + to_string(status),
                    "--force kills it first");
    container.destroy(warnings.list);
}

}  // namespace

int delete_command(const cli::Arguments& arguments) {
    const std::string root = state_root(arguments);
    const bool force = arguments.flag("force");
    return for_each_container(arguments, [&](const std::string& id) { delete_container(root, id, force); });
}

}  // namespace ocikit::run
