// Seccomp policies: profiles with conditions, in the form that docker and podman have.
#pragma once

#include <string>

#include <boost/json/value.hpp>

#include <ocikit/config.hpp>

namespace ocikit::gen {

// A file with a policy, or with a seccomp section of config.json, which is a policy without
// conditions. Throws Error.
boost::json::value load_seccomp_policy(const std::string& path);

// That of the profiles docker, podman and hardened (profiles/seccomp.json).
boost::json::value default_seccomp_policy();

// What the policy is for a process with these capabilities, on this machine's architecture
// and kernel. Throws Error if it can't be understood.
spec::Seccomp resolve_seccomp(const boost::json::value& policy, const spec::Process& process);

}  // namespace ocikit::gen
