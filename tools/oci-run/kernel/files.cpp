#include "kernel/files.hpp"

#include <cerrno>
#include <cstdio>
#include <unistd.h>

#include <ocikit/error.hpp>

namespace ocikit::run {

namespace {

constexpr std::size_t largest_read = 32u << 20;

std::string_view named(std::string_view object, const char* name) {
    return object.empty() ? std::string_view(name) : object;
}

}  // namespace

UniqueFd open_at(int directory, const char* name, int flags, mode_t mode, std::string_view object) {
    UniqueFd fd(::openat(directory, name, flags | O_CLOEXEC, mode));
    if (!fd)
        throw Error::last("open", named(object, name));
    return fd;
}

std::string read_at(int directory, const char* name, std::string_view object) {
    const UniqueFd fd = open_at(directory, name, O_RDONLY, 0, object);
    std::string text(4096, '\0');
    std::size_t used = 0;
    for (;;) {
        const ssize_t n = ::read(fd.get(), text.data() + used, text.size() - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            throw Error::last("read", named(object, name));
        used += static_cast<std::size_t>(n);
        // a short read of a kernel file is its end
        if (used < text.size())
            break;
        if (text.size() >= largest_read)
            throw Error(
                {.operation = "read", .object = std::string(named(object, name)), .reason = "too large"});
        text.resize(text.size() * 2);
    }
    text.resize(used);
    return text;
}

void write_at(int directory, const char* name, std::string_view text, std::string_view object) {
    const UniqueFd fd = open_at(directory, name, O_WRONLY, 0, object);
    ssize_t n;
    do {
        n = ::write(fd.get(), text.data(), text.size());
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        std::string operation = "write \"";
        operation += text;
        operation += '"';
        throw Error::last(operation, named(object, name));
    }
}

void write_all(int fd, std::string_view text, std::string_view object) {
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            throw Error::last("write", object);
        text.remove_prefix(static_cast<std::size_t>(n));
    }
}

void replace_at(int directory, const char* name, std::string_view text, mode_t mode,
                std::string_view object) {
    const std::string temporary = std::string(".") + name + ".new";
    const auto shown = named(object, name);
    try {
        const UniqueFd fd =
            open_at(directory, temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode, shown);
        write_all(fd.get(), text, shown);
        if (::renameat(directory, temporary.c_str(), directory, name) < 0)
            throw Error::last("put in place", shown);
    } catch (...) {
        ::unlinkat(directory, temporary.c_str(), 0);
        throw;
    }
}

}  // namespace ocikit::run
