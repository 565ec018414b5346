// Ending by SIGINT, SIGTERM or SIGHUP with everything cleaned up.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace ocikit::archive {

// Thrown where the work is given up; not an std::exception, as it is no error.
struct Interrupted {
    int signal;
};

// From now on these signals only leave a note (and interrupt system calls), and SIGXFSZ doesn't end the
// program.
void catch_interrupts();
// Throws Interrupted if one of them has come.
void check_interrupt();
// Ends the process the way the signal would have.
[[noreturn]] void die_by(int signal);

// Threads that are started meanwhile take no signals: they are for the thread that does the
// main work, whose system calls are to be interrupted.
class WithoutSignals {
  public:
    WithoutSignals();
    WithoutSignals(const WithoutSignals&) = delete;
    WithoutSignals& operator=(const WithoutSignals&) = delete;
    ~WithoutSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_{};
};

// Interrupts the system call of such a thread, if one of the signals has come.
void pass_interrupt(pthread_t thread);

}  // namespace ocikit::archive
