// $HOME, as runtimes have always set it where env has none: callers that know users by
// number only count on it.
#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include "init/steps.hpp"

namespace ocikit::run {

namespace {

std::string_view next_field(std::string_view& line) {
    const std::size_t end = std::min(line.find(':'), line.size());
    const std::string_view field = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return field;
}

// The home directory in a line of passwd(5), if it is the user's.
std::string_view home_in(std::string_view line, uid_t uid) {
    next_field(line);
    next_field(line);
    const std::string_view number = next_field(line);
    uid_t found = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), found);
    if (error != std::errc{} || end != number.data() + number.size() || found != uid)
        return {};
    next_field(line);
    next_field(line);
    return next_field(line);
}

// "" without one. The file is the container's: it may be anything, a fifo that nobody writes to, too.
std::string read_passwd() {
    constexpr off_t largest = 1 << 20;
    const UniqueFd fd(::open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat st;
    if (!fd || ::fstat(fd.get(), &st) < 0 || !S_ISREG(st.st_mode))
        return {};
    std::string text(static_cast<std::size_t>(std::min(st.st_size, largest)), '\0');
    const ssize_t length = ::read(fd.get(), text.data(), text.size());
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return text;
}

}  // namespace

std::string home_directory(std::string_view passwd, uid_t uid) {
    while (!passwd.empty()) {
        const std::size_t end = std::min(passwd.find('\n'), passwd.size());
        if (const std::string_view home = home_in(passwd.substr(0, end), uid); !home.empty())
            return std::string(home);
        passwd.remove_prefix(std::min(end + 1, passwd.size()));
    }
    return "/";
}

ProcessPlan with_home(const ProcessPlan& process) {
    ProcessPlan result = process;
    const bool set = std::any_of(process.env.begin(), process.env.end(), [](const std::string& variable) {
        return variable.starts_with("HOME=") && variable.size() > 5;
    });
    if (set)
        return result;
    std::erase(result.env, "HOME=");
    result.env.push_back("HOME=" + home_directory(read_passwd(), process.uid));
    return result;
}

}  // namespace ocikit::run
