#include <cerrno>
#include <cstring>

#include <ocikit/error.hpp>

namespace ocikit {

namespace {

std::string join(const Error::Parts& parts) {
    std::string text;
    const auto add = [&text](const std::string& part) {
        if (part.empty())
            return;
        if (!text.empty())
            text += ": ";
        text += part;
    };
    add(parts.object);
    add(parts.operation);
    add(parts.reason);
    if (parts.code != 0)
        add(error_text(parts.code));
    return text;
}

}  // namespace

Error::Error(std::string message, std::string hint)
    : Error(Parts{.operation = std::move(message), .object = {}, .reason = {}, .hint = std::move(hint)}) {}

Error::Error(Parts parts)
    : std::runtime_error(join(parts)), code_(parts.code), hint_(std::move(parts.hint)) {}

Error Error::last(std::string_view operation, std::string_view object, std::string hint) {
    const int code = errno;
    return Error(Parts{.operation = std::string(operation),
                       .object = std::string(object),
                       .reason = {},
                       .code = code,
                       .hint = std::move(hint)});
}

Error Error::received(std::string text, int code, std::string hint) {
    Error result(std::move(text), std::move(hint));
    result.code_ = code;
    return result;
}

Error Error::within(std::string_view context) const {
    Error result(Parts{.operation = what(), .object = std::string(context), .reason = {}, .hint = hint_});
    result.code_ = code_;
    return result;
}

std::string error_text(int code) {
    std::string text = strerrordesc_np(code) ? strerrordesc_np(code) : "error " + std::to_string(code);
    // glibc capitalises the first word; proper names among them ("RFS", "NFS") have a second capital
    if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && !(text[1] >= 'A' && text[1] <= 'Z'))
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

}  // namespace ocikit
