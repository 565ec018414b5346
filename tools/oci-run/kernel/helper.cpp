#include "kernel/helper.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

namespace ocikit::run {

namespace {

constexpr std::size_t kept_output = 4096;

std::string read_to_the_end(int fd) {
    std::string text;
    char buffer[1024];
    for (;;) {
        const ssize_t n = ::read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        if (text.size() < kept_output)
            text.append(buffer, static_cast<std::size_t>(n));
    }
    while (text.ends_with('\n'))
        text.pop_back();
    return text;
}

}  // namespace

std::optional<std::string> find_in_path(const std::string& name) {
    const char* const variable = std::getenv("PATH");
    const std::string_view path = variable ? variable : "/usr/local/bin:/usr/bin:/bin";
    for (std::size_t at = 0; at <= path.size();) {
        const std::size_t end = std::min(path.find(':', at), path.size());
        const std::string candidate = std::string(path.substr(at, end - at)) + "/" + name;
        at = end + 1;
        // not one of the present directory, which may be anybody's
        if (candidate.starts_with('/') && ::access(candidate.c_str(), X_OK) == 0)
            return candidate;
    }
    return std::nullopt;
}

HelperOutcome run_helper(const std::string& path, const std::vector<std::string>& args) {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) < 0)
        throw Error::last("make a pipe", path);
    const UniqueFd read_end(fds[0]);
    UniqueFd write_end(fds[1]);
    Process process = Process::clone(0, -1);
    if (process.pid() == 0) {
        std::vector<char*> pointers;
        for (const auto& arg : args)
            pointers.push_back(const_cast<char*>(arg.c_str()));
        pointers.push_back(nullptr);
        if (::dup2(write_end.get(), 1) == 1 && ::dup2(write_end.get(), 2) == 2)
            ::execv(path.c_str(), pointers.data());
        const std::string text = error_text(errno);
        [[maybe_unused]] const ssize_t n = ::write(2, text.data(), text.size());
        ::_exit(127);
    }
    write_end.reset();
    HelperOutcome outcome;
    outcome.output = read_to_the_end(read_end.get());
    outcome.status = process.wait();
    return outcome;
}

}  // namespace ocikit::run
