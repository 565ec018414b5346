// The caller's terminal connected with the container's.
#pragma once

#include <optional>
#include <string>
#include <sys/ioctl.h>
#include <termios.h>

#include <ocikit/unique_fd.hpp>

#include "plan/init_plan.hpp"

namespace ocikit::run {

// Gives a program's terminal the size of the caller's, if standard input is one that has
// a size. Before the program runs: it isn't to see one size first, and then another.
void take_callers_size(ProcessPlan& process);

// Copies standard input to a terminal's master and the master to standard output.
// If standard input is a terminal it is raw meanwhile, and gets its modes back.
class Terminal {
  public:
    explicit Terminal(UniqueFd master);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    // Copies what there is, until fd is readable (true) or something was copied (false).
    bool relay_until(int fd);
    // Copies what the container has left in the terminal.
    void drain();
    // Gives the container's terminal the size of the caller's.
    void copy_size();

  private:
    void read_input();
    bool copy_output();

    UniqueFd master_;
    std::optional<struct termios> saved_;
    std::string pending_;  // from standard input, for the master
    bool input_open_ = true;
    bool output_open_ = true;
};

}  // namespace ocikit::run
