#include "archive/temporary_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "archive/interrupt.hpp"

namespace ocikit::archive {

namespace {

std::string folder() {
    const char* text = std::getenv("TMPDIR");
    return text && *text != '\0' ? text : "/tmp";
}

[[noreturn]] void fail(const char* operation) {
    throw Error::last(std::string(operation) + " a temporary file", folder(),
                      "$TMPDIR can name another directory");
}

UniqueFd make_file() {
    const std::string where = folder();
    UniqueFd fd(::open(where.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600));
    if (fd)
        return fd;
    std::string name = where + "/.ocikit.XXXXXX";
    fd = UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
    if (!fd)
        fail("create");
    ::unlink(name.c_str());
    return fd;
}

}  // namespace

void TemporaryFile::write(std::string_view bytes, std::uint64_t to) {
    if (!fd_)
        fd_ = make_file();
    while (!bytes.empty()) {
        check_interrupt();
        const ssize_t part = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(to));
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            fail("write");
        bytes.remove_prefix(static_cast<std::size_t>(part));
        to += static_cast<std::uint64_t>(part);
        size_ = std::max(size_, to);
    }
}

std::size_t TemporaryFile::read(char* to, std::size_t size, std::uint64_t from) const {
    for (;;) {
        const ssize_t part = ::pread(fd_.get(), to, size, static_cast<off_t>(from));
        if (part > 0)
            return static_cast<std::size_t>(part);
        if (part == 0)
            throw Error("a temporary file has been cut off");
        if (errno != EINTR)
            fail("read");
    }
}

}  // namespace ocikit::archive
