// Ending by SIGINT, SIGTERM or SIGHUP with everything cleaned up.
#pragma once

namespace ocikit::archive {

// Thrown where the work is given up; not an std::exception, as it is no error.
struct Interrupted {
    int signal;
};

// From now on these signals only leave a note (and interrupt system calls).
void catch_interrupts();
// Throws Interrupted if one of them has come.
void check_interrupt();
// Ends the process the way the signal would have.
[[noreturn]] void die_by(int signal);

}  // namespace ocikit::archive
