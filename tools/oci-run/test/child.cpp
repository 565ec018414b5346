#include "child.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <linux/close_range.h>
#include <ostream>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <ocikit/unique_fd.hpp>

#include "kernel/pidfd.hpp"

namespace ocikit::run::test {

namespace {

// More of it where everything is slow, as in an emulated machine: $OCIKIT_PATIENCE, in seconds.
int patience_ms() {
    const char* const seconds = std::getenv("OCIKIT_PATIENCE");
    return 1000 * (seconds ? std::atoi(seconds) : 30);
}

void use(const std::string& file, int flags, int fd) {
    const int opened = ::open(file.c_str(), flags | O_CLOEXEC, 0600);
    if (opened < 0 || ::dup2(opened, fd) < 0)
        ::_exit(126);
    ::close(opened);
}

}  // namespace

std::ostream& operator<<(std::ostream& stream, const Outcome& outcome) {
    return stream << "status " << outcome.status << "\n-- out:\n"
                  << outcome.out << "\n-- err:\n"
                  << outcome.err << "\n--";
}

Child::Child(const std::vector<std::string>& args, const ChildOptions& options)
    : files_(std::make_unique<TempDir>()) {
    std::vector<char*> pointers;
    for (const auto& arg : args)
        pointers.push_back(const_cast<char*>(arg.c_str()));
    pointers.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ < 0)
        throw std::runtime_error("fork failed");
    if (pid_ > 0)
        return;
    use(options.input, O_RDONLY, 0);
    use(files_->path("out"), O_WRONLY | O_CREAT | O_APPEND, 1);
    use(files_->path("err"), O_WRONLY | O_CREAT | O_APPEND, 2);
    // Boost.Test handles and so catches signals; what was ignored would be inherited
    for (int signal = 1; signal < 32; ++signal)
        ::signal(signal, SIG_DFL);
    // what was handed on to the test isn't the program's
    ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
    options.before_exec();
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
}

Child::Child(Child&& other) noexcept : files_(std::move(other.files_)), pid_(std::exchange(other.pid_, 0)) {}

Child::~Child() {
    if (pid_ <= 0)
        return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

Outcome Child::wait() {
    const UniqueFd fd(pidfd_open(pid_));
    struct pollfd ended {
        fd.get(), POLLIN, 0
    };
    const bool late = ::poll(&ended, 1, patience_ms()) == 0;
    if (late)
        ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    Outcome outcome{WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), out(), err()};
    if (late) {
        std::ostringstream text;
        text << "the program didn't end in time: " << outcome;
        throw std::runtime_error(text.str());
    }
    return outcome;
}

void Child::signal(int number) const {
    ::kill(pid_, number);
}

std::string Child::out() const {
    return read_file(files_->path("out"));
}

std::string Child::err() const {
    return read_file(files_->path("err"));
}

bool eventually(const std::function<bool()>& condition) {
    // by the clock: in an emulated machine a look may take longer than the wait after it
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms());
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

std::string read_file(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

}  // namespace ocikit::run::test
