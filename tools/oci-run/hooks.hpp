// Hooks: programs of the configuration's, run at points of the lifecycle
// (config.md#posix-platform-hooks).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <ocikit/config.hpp>
#include <ocikit/state.hpp>
#include <ocikit/unique_fd.hpp>

namespace ocikit::run {

// Where hooks' output goes; without a descriptor, into the Error of one that fails.
struct HookStreams {
    UniqueFd out, err;
};

// The files that the annotations run.oci.hooks.stdout and run.oci.hooks.stderr (crun's) name, for
// appending, made where missing. Throws Error.
HookStreams open_hook_streams(const std::map<std::string, std::string>& annotations);

// What a hook's process does last before it executes the hook; an Error of it is the hook's failure.
using HookPreparation = std::function<void()>;

// Runs one: the state as JSON on its standard input, its own environment and nothing
// else of this process's, no descriptors, a session of its own, in directory if there is
// such a one. Throws Error if it
// can't be executed, fails or takes longer than its timeout (then everything in its
// process group is killed); what() has the exit status and the end of what it
// printed. pointer: its place in config.json.
void run_hook(const spec::Hook& hook, const std::string& state, const std::string& pointer,
              const HookStreams& streams = {}, const std::string& directory = "",
              const HookPreparation& prepare = {});

// All of one kind, in order; the first that fails ends it. As with runc they are in the bundle,
// which those that run in the container's namespaces may not see: then where init is.
void run_hooks(const std::vector<spec::Hook>& hooks, const spec::State& state, const char* kind,
               const HookStreams& streams, const HookPreparation& prepare = {});

// All of them, failures told as warnings (runtime.md#lifecycle: poststop). Opens the streams itself.
void run_hooks_to_the_end(const std::vector<spec::Hook>& hooks, const spec::State& state, const char* kind,
                          std::vector<std::string>& warnings);

}  // namespace ocikit::run
