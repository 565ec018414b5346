#include "kernel/files.hpp"

#include <algorithm>
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

// false: with errno
bool read_all(int fd, std::string& text, std::string_view object) {
    text.resize(4096);
    std::size_t used = 0;
    for (;;) {
        const ssize_t n = ::read(fd, text.data() + used, text.size() - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        used += static_cast<std::size_t>(n);
        // a short read of a kernel file is its end
        if (used < text.size())
            break;
        if (text.size() >= largest_read)
            throw Error({.operation = "read", .object = std::string(object), .reason = "too large"});
        text.resize(text.size() * 2);
    }
    text.resize(used);
    return true;
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
    std::string text;
    if (!read_all(fd.get(), text, named(object, name)))
        throw Error::last("read", named(object, name));
    return text;
}

std::optional<std::string> read_unless(int directory, const char* name, std::initializer_list<int> absent) {
    const UniqueFd fd(::openat(directory, name, O_RDONLY | O_CLOEXEC));
    std::string text;
    if (fd && read_all(fd.get(), text, name))
        return text;
    if (std::find(absent.begin(), absent.end(), errno) != absent.end())
        return std::nullopt;
    throw Error::last(fd ? "read" : "open", name);
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
