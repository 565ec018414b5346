// A connection to a message bus.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include <ocikit/unique_fd.hpp>

#include "dbus/message.hpp"

namespace ocikit::run::dbus {

class Connection {
  public:
    // addresses: as $DBUS_SESSION_BUS_ADDRESS has them, `unix:path=/run/user/1000/bus`, the
    // first that answers is taken. Throws Error with the address and the reason.
    static Connection open(const std::string& addresses);

    // Sends a call and waits for its answer, a result or an error. Throws Error if the bus
    // goes away or says nothing for 25 seconds, as is usual (sd_bus_set_method_call_timeout(3)).
    Message call(Message message);
    // Sends one that needs no answer.
    void tell(Message message);
    // The first signal that fits, of those that have come since the connection was made;
    // nothing if there is none for so long.
    std::optional<Message> await_signal(const std::function<bool(const Message&)>& fits, int timeout_ms);

  private:
    explicit Connection(UniqueFd socket) : socket_(std::move(socket)) {}
    void authenticate();
    void send(const std::string& bytes);
    // One message more, at most until the deadline (of CLOCK_MONOTONIC, in ms).
    std::optional<Message> receive(long deadline);
    bool receive_bytes(long deadline);

    UniqueFd socket_;
    std::string received_;
    std::uint32_t serial_ = 0;
    std::deque<Message> signals_;
};

// Throws what an answer says if it is an error.
void expect_result(const Message& answer, const std::string& operation);

}  // namespace ocikit::run::dbus
