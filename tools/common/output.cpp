#include "common/output.hpp"

#include <cerrno>
#include <new>
#include <unistd.h>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

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
