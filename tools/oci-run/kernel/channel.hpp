// Messages, with descriptors, between the command and the container's process.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <ocikit/unique_fd.hpp>

namespace ocikit::run {

// One end of a pair of SOCK_SEQPACKET sockets: a message comes whole or not at all.
class Channel {
  public:
    static constexpr std::size_t largest_message = 16384;

    static std::pair<Channel, Channel> make_pair();
    Channel() = default;
    explicit Channel(UniqueFd fd) : fd_(std::move(fd)) {}

    int fd() const { return fd_.get(); }
    void close() { fd_.reset(); }
    // Sends a message (cut to largest_message) and, if not -1, a descriptor.
    void send(std::string_view message, int descriptor = -1) const;

    struct Message {
        std::string text;
        UniqueFd descriptor;
    };
    // The next message; nothing when the other end has closed.
    std::optional<Message> receive() const;

  private:
    UniqueFd fd_;
};

}  // namespace ocikit::run
