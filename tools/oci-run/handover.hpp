// What callers hand over on the command line besides the container, and what they get back
// by files and sockets.
#pragma once

#include <string>
#include <sys/types.h>

#include <ocikit/unique_fd.hpp>

namespace ocikit::run {

// $LISTEN_FDS: descriptors from 3 on that the caller announces and doesn't have stay closed to the
// container; until then they are taken, so that none of this program's gets such a number.
void hold_listen_fds(unsigned count);

// --preserve-fds: throws Error unless count descriptors from first on are open. To be called before
// this program has any of its own.
void check_preserved(unsigned first, unsigned count);

// --pid-file: the digits only, as callers read it with atoi(3); never a part of them.
void write_pid_file(const std::string& path, pid_t pid);

// The AF_UNIX stream socket at path; operation: for an error.
UniqueFd connect_to(const std::string& path, const std::string& operation);
// --console-socket, --pidfd-socket: connects to the AF_UNIX stream socket at path and sends
// one message: a name, with the one descriptor (SCM_RIGHTS).
void send_descriptor(const std::string& path, const std::string& name, int descriptor);

// Throws Error unless a terminal has somebody to take its master: this program in the
// foreground, a console socket otherwise.
void check_console(bool terminal, bool foreground, bool has_socket);

}  // namespace ocikit::run
