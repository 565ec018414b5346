// Runs a program in a test, with its input and output in memory.
#pragma once

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace ocikit::test {

struct Outcome {
    int status = -1;  // 128 + signal if it died by one
    std::string out;
    std::string err;
};

// The first of `command` is looked up in PATH. The input must fit a pipe (64 KiB).
inline Outcome run_program(const std::vector<std::string>& command, const std::string& input = {}) {
    std::array<std::array<int, 2>, 3> pipes;
    for (auto& ends : pipes)
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            throw std::runtime_error("pipe2 failed");
    std::vector<char*> arguments;
    for (const std::string& argument : command)
        arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(pipes[0][0], 0);
        ::dup2(pipes[1][1], 1);
        ::dup2(pipes[2][1], 2);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    for (const int fd : {pipes[0][0], pipes[1][1], pipes[2][1]})
        ::close(fd);
    if (::write(pipes[0][1], input.data(), input.size()) < 0)
        throw std::runtime_error("write failed");
    ::close(pipes[0][1]);

    Outcome outcome;
    std::array<pollfd, 2> readable{{{pipes[1][0], POLLIN, 0}, {pipes[2][0], POLLIN, 0}}};
    const std::array<std::string*, 2> texts{&outcome.out, &outcome.err};
    for (std::size_t open = 2; open > 0;) {
        ::poll(readable.data(), readable.size(), -1);
        for (std::size_t i = 0; i < readable.size(); ++i) {
            if (readable[i].fd < 0 || readable[i].revents == 0)
                continue;
            std::array<char, 4096> buffer;
            const ssize_t got = ::read(readable[i].fd, buffer.data(), buffer.size());
            if (got > 0) {
                texts[i]->append(buffer.data(), static_cast<std::size_t>(got));
                continue;
            }
            ::close(readable[i].fd);
            readable[i].fd = -1;
            --open;
        }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    outcome.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return outcome;
}

}  // namespace ocikit::test
