// Messages of D-Bus and the values in them, as they travel: as much of the protocol as
// asking systemd for something takes (dbus.freedesktop.org/doc/dbus-specification.html).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ocikit::run::dbus {

// A value of any complete type; its parts depend on the first letter of the signature.
struct Value {
    std::string signature;          // "u", "as", "(sv)", …
    std::uint64_t number = 0;       // y b n q i u x t (signed ones in two's complement), d (its bits)
    std::string text = {};          // s o g
    std::vector<Value> items = {};  // a ( v

    bool operator==(const Value&) const = default;
};

Value boolean(bool value);
Value uint32(std::uint32_t value);
Value uint64(std::uint64_t value);
Value string(std::string value);
Value variant(Value value);
Value structure(std::vector<Value> items);
// element: the signature of each item, needed for an array of none.
Value array(const std::string& element, std::vector<Value> items);

// The first complete type of a signature. Throws Error if it isn't well-formed.
std::string first_type(const std::string& signature, std::size_t at = 0);

struct Message {
    enum class Type : std::uint8_t { call = 1, result = 2, error = 3, signal = 4 };
    Type type = Type::call;
    bool wants_reply = true;
    std::uint32_t serial = 0;
    std::uint32_t reply_to = 0;
    std::string path, interface, member, destination;
    std::string error_name;
    std::vector<Value> body;
};

std::string encode(const Message& message);
// Takes a message off the front of what was received; nothing if it isn't whole yet.
// Throws Error for what isn't D-Bus.
std::optional<Message> decode(std::string& received);

}  // namespace ocikit::run::dbus
