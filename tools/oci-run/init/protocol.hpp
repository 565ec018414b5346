// What the command and init say to each other while a container is made.
//
//   init → command   console       the name and descriptor of the terminal's master
//                    process       the descriptor of the child that goes on instead (of `exec`, and
//                                  where a user namespace is joined)
//                    warning       one line
//                    network       a netlink socket of the container's network namespace
//                    hooks         everything but pivot_root(2) is done: hooks can run
//                    listener      the filter is loaded: what its listener listens at
//                    ready         everything is set up; the program is executed next
//                    not_executed  the errno of execve(2), from the stub
//                    error         what failed, and what was made in the root filesystem
//   command → init   go            the cgroup exists and the state is on disk; one before
//                                  that, after `network`: the devices are there; one more,
//                                  after `hooks`: the command's hooks have run; and
//                                  after `listener`: the listener has it
//                    source        in a user namespace: a descriptor that init couldn't open,
//                                  the root directory's, that of a bind mount's source, or of a
//                                  device node as a detached mount
//                    stop          instead of go: give up, and tell what was made
//
// In a user namespace there is a go before all others: it has its ids now, and every source
// has been sent.
//
// init's end closes when the program (or the stub that waits for `start`) is executed:
// the end of the channel after `ready` is success, before it init's death.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ocikit/error.hpp>

#include "kernel/channel.hpp"

namespace ocikit::run {

enum class MessageType : char {
    console = 'C',
    process = 'P',
    warning = 'W',
    network = 'N',
    hooks = 'H',
    listener = 'L',
    ready = 'R',
    error = 'E',
    not_executed = 'X',
    source = 'F',
    go = 'G',
    stop = 'S',
};

struct InitMessage {
    MessageType type;
    std::string text;
    UniqueFd descriptor;
};

void send_message(const Channel& channel, MessageType type, std::string_view text = {}, int descriptor = -1);
// The next message; nothing at the end. Throws Error for what is no message.
std::optional<InitMessage> receive_message(const Channel& channel);

// An error and the paths that init made in the root filesystem before it.
struct InitFailure {
    Error error;
    std::vector<std::string> made;
};
std::string encode_failure(const Error& error, const std::vector<std::string>& made);
InitFailure decode_failure(std::string_view text);
// execve(2) of the program failed; and the same from the text of not_executed.
Error execution_error(const std::string& program, int code);
Error decode_not_executed(const std::string& program, std::string_view text);

}  // namespace ocikit::run
