#include "oci-gen/flags/lines.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>
#include <ocikit/unique_fd.hpp>

#include "oci-gen/values.hpp"

namespace ocikit::gen {

namespace {

constexpr std::string_view white = " \t\v\f\r";
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

std::string content(const std::string& path) {
    constexpr std::size_t most = 16u << 20;
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!fd)
        throw Error::last("open", path);
    std::string text;
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw Error::last("read", path);
        if (got == 0)
            return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (text.size() > most)
            throw Error(path + ": longer than " + std::to_string(most) + " bytes");
    }
}

}  // namespace

std::vector<std::string> lines_of(const std::string& path) {
    std::string text = content(path);
    if (text.starts_with(byte_order_mark))
        text.erase(0, byte_order_mark.size());
    std::vector<std::string> found;
    std::size_t number = 0;
    for (std::string& line : split(text, '\n')) {
        ++number;
        if (line.ends_with('\r'))
            line.pop_back();
        line.erase(0, std::min(line.find_first_not_of(white), line.size()));
        if (line.empty() || line[0] == '#')
            continue;
        const std::string key = line.substr(0, line.find('='));
        if (key.empty() || key.find_first_of(white) != key.npos)
            throw Error(
                path + ": line " + std::to_string(number) + ": " +
                (key.empty() ? "there is no name before the =" : quoted(key) + " has white space in it"));
        found.push_back(std::move(line));
    }
    return found;
}

}  // namespace ocikit::gen
