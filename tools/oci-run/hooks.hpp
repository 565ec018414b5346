// Hooks: programs of the configuration's, run at points of the lifecycle
// (config.md#posix-platform-hooks).
#pragma once

#include <string>
#include <vector>

#include <ocikit/config.hpp>
#include <ocikit/state.hpp>

namespace ocikit::run {

// Runs one: the state as JSON on its standard input, its own environment and nothing
// else of this process's, no descriptors, a session of its own, in directory if there is
// such a one. Throws Error if it
// can't be executed, fails or takes longer than its timeout (then everything in its
// process group is killed); what() has the exit status and the end of what it
// printed. pointer: its place in config.json.
void run_hook(const spec::Hook& hook, const std::string& state, const std::string& pointer,
              const std::string& directory = "");

// All of one kind, in order; the first that fails ends it. As with runc they are in the bundle,
// which those that run in the container's namespaces may not see: then where init is.
void run_hooks(const std::vector<spec::Hook>& hooks, const spec::State& state, const char* kind);

// All of them, failures told as warnings (runtime.md#lifecycle: poststop).
void run_hooks_to_the_end(const std::vector<spec::Hook>& hooks, const spec::State& state, const char* kind,
                          std::vector<std::string>& warnings);

}  // namespace ocikit::run
