// --console-socket: hands a terminal's master to the caller.
#pragma once

#include <string>

#include <ocikit/unique_fd.hpp>

namespace ocikit::run {

// Connects to the AF_UNIX stream socket at path and sends one message: the name of
// the terminal, with its master as the one descriptor (SCM_RIGHTS).
void send_console(const std::string& path, const std::string& name, UniqueFd master);

}  // namespace ocikit::run
