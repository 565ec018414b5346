#include "common/output.hpp"

#include <cerrno>
#include <new>
#include <unistd.h>

#include <ocikit/error.hpp>

namespace ocikit::cli {

void write_all(int fd, std::string_view bytes, std::string_view name) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            throw Error::last("write", name);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void print(std::string_view text) {
    write_all(STDOUT_FILENO, text, "standard output");
}

std::string printable(std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) {
            out += c;
            continue;
        }
        out += "\\x";
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

void complain(std::string_view tool, std::string_view text, std::string_view hint) noexcept {
    try {
        std::string lines = std::string(tool) + ": " + printable(text) + "\n";
        if (!hint.empty())
            lines += "  " + printable(hint) + "\n";
        write_all(STDERR_FILENO, lines, "standard error");
    } catch (const std::exception&) {
        // there is no other place to complain
    }
}

}  // namespace ocikit::cli
