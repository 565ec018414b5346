// Terminals and sockets as the callers of oci-run have them.
#pragma once

#include <optional>
#include <string>

#include <ocikit/unique_fd.hpp>

#include "child.hpp"
#include "kernel/channel.hpp"

namespace ocikit::run::test {

// What comes out of a terminal's master, until it has this or there is no more.
std::string read_until(int master, const std::string& words);

// A terminal as a person sits at, with oci-run in it.
struct Terminal {
    explicit Terminal(unsigned short rows = 24, unsigned short columns = 80);
    ChildOptions options() const;
    void type(const std::string& text) const;

    UniqueFd master, slave;
};

// What a caller of create listens on; for --pidfd-socket too.
struct ConsoleSocket {
    explicit ConsoleSocket(const std::string& path);
    std::optional<Channel::Message> receive() const;

    UniqueFd fd;
};

}  // namespace ocikit::run::test
