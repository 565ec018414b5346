// Bundles for the tests, and a shell to run commands in.
#pragma once

#include <string>

namespace ocikit::pack::test {

// If this is built with one: its run-time library makes system calls, and takes memory, of its own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

// A valid configuration with that root.path.
std::string config_text(const std::string& root = "rootfs");

// Makes directory a bundle with every kind of file that the current user can
// make here: odd names, modes, times, owners, links, devices, extended attributes.
void make_rich_bundle(const std::string& directory);
// With a few plain files only.
void make_plain_bundle(const std::string& directory);

struct Outcome {
    int status;          // exit status, or 128 and the signal
    std::string output;  // standard output and error
};
Outcome shell(const std::string& command);

// True if the current user is root, who alone can keep owners and make devices.
bool is_root();

}  // namespace ocikit::pack::test
