// `spec`, as users of other runtimes know it. oci-gen writes it: there is one set of profiles.
#include <filesystem>
#include <system_error>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "oci-run/commands/commands.hpp"
#include "oci-run/kernel/helper.hpp"

namespace ocikit::run {

namespace {

// Beside this program, where both are installed, or in the tree that both were built in, or in $PATH.
std::string find_generator() {
    std::error_code none;
    const std::filesystem::path directory =
        std::filesystem::read_symlink("/proc/self/exe", none).parent_path();
    const std::string beside = directory / "oci-gen";
    for (const std::string& candidate : {beside, (directory.parent_path() / "oci-gen/oci-gen").string()})
        if (!none && ::access(candidate.c_str(), X_OK) == 0)
            return candidate;
    if (const auto found = find_in_path("oci-gen"))
        return *found;
    throw Error({.operation = "find oci-gen",
                 .object = beside,
                 .reason = "it is neither there nor in $PATH",
                 .hint = "oci-gen makes configurations: install it with oci-run"});
}

}  // namespace

int spec_command(const cli::Arguments& arguments) {
    const std::string directory = arguments.value_or("bundle", ".");
    if (directory.empty())
        throw cli::UsageError("--bundle requires the name of a directory");
    const std::string file = directory + "/config.json";
    const HelperOutcome outcome = run_helper(
        find_generator(),
        {"oci-gen", "--profile", arguments.flag("rootless") ? "rootless" : "default", "--output", file});
    if (outcome.status.code != 0)
        throw Error(outcome.output.substr(0, outcome.output.find('\n')),
                    ::access(file.c_str(), F_OK) == 0 ? "oci-gen --force replaces it" : "");
    return 0;
}

}  // namespace ocikit::run
