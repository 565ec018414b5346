// Programs that a test runs.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include "support/temp_dir.hpp"

namespace ocikit::run::test {

using ocikit::test::TempDir;

struct Outcome {
    int status = -1;  // as a shell shows it: 128 + N for the end by signal N
    std::string out;
    std::string err;
};
std::ostream& operator<<(std::ostream& stream, const Outcome& outcome);

struct ChildOptions {
    std::string input = "/dev/null";            // file for standard input
    std::function<void()> before_exec = [] {};  // in the child
};

// A child process with its output going to files, so that nobody who holds them
// open is waited for. Killed if it is still there at the end.
class Child {
  public:
    Child(const std::vector<std::string>& args, const ChildOptions& options = {});
    Child(Child&& other) noexcept;
    ~Child();

    pid_t pid() const { return pid_; }
    // Its end, or an exception and SIGKILL if that takes too long.
    Outcome wait();
    void signal(int number) const;
    // What it has written so far.
    std::string out() const;
    std::string err() const;

  private:
    std::unique_ptr<TempDir> files_;
    pid_t pid_ = 0;
};

// Waits until it is true, for as long as for a program's end; returns whether it is.
bool eventually(const std::function<bool()>& condition);

std::string read_file(const std::string& path);  // "" if there is none

}  // namespace ocikit::run::test
