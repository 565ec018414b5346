#include "init/protocol.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>

namespace ocikit::run {

void send_message(const Channel& channel, MessageType type, std::string_view text, int descriptor) {
    std::string message(1, static_cast<char>(type));
    message += text;
    channel.send(message, descriptor);
}

std::optional<InitMessage> receive_message(const Channel& channel) {
    auto message = channel.receive();
    if (!message)
        return std::nullopt;
    const char type = message->text.front();
    if (std::string_view("CPWNHLREXFGS").find(type) == std::string_view::npos)
        throw Error("the container's process sent a message that can't be understood");
    message->text.erase(0, 1);
    return InitMessage{static_cast<MessageType>(type), std::move(message->text),
                       std::move(message->descriptor)};
}

// Parts ended by NUL each: errno, hint, text, the paths.
std::string encode_failure(const Error& error, const std::vector<std::string>& made) {
    std::string text = std::to_string(error.code());
    const auto add = [&text](std::string_view part) {
        text += '\0';
        text += part;
    };
    add(error.hint());
    add(error.what());
    for (const auto& path : made)
        if (text.size() + path.size() + 2 < Channel::largest_message)
            add(path);
    return text;
}

InitFailure decode_failure(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('\0', at), text.size());
        parts.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    parts.resize(std::max<std::size_t>(parts.size(), 3));
    int code = 0;
    std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), code);
    return {Error::received(parts[2], code, parts[1]), {parts.begin() + 3, parts.end()}};
}

Error execution_error(const std::string& program, int code) {
    return Error({.operation = "/process/args/0",
                  .object = "config.json",
                  .reason = "execute \"" + program + "\"",
                  .code = code});
}

Error decode_not_executed(const std::string& program, std::string_view text) {
    int code = EINVAL;
    if (text.size() == sizeof code)
        std::memcpy(&code, text.data(), sizeof code);
    return execution_error(program, code);
}

}  // namespace ocikit::run
