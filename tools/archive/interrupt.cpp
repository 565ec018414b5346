#include "archive/interrupt.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <initializer_list>

namespace ocikit::archive {

namespace {

constexpr std::initializer_list<int> signals = {SIGINT, SIGTERM, SIGHUP};
// for the handler, and for threads, which look at it as well
std::atomic<int> caught = 0;
static_assert(std::atomic<int>::is_always_lock_free);

void note(int signal) {
    caught.store(signal, std::memory_order_relaxed);
}

}  // namespace

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = note;  // without SA_RESTART: a blocked read returns
    for (const int signal : signals) {
        struct sigaction before {};
        ::sigaction(signal, nullptr, &before);
        if (before.sa_handler != SIG_IGN)  // nohup stays in force
            ::sigaction(signal, &action, nullptr);
    }
    // a file beyond the limit of its size is an error like a full disk: write(2) fails with EFBIG
    ::signal(SIGXFSZ, SIG_IGN);
}

void check_interrupt() {
    if (const int signal = caught.load(std::memory_order_relaxed); signal != 0)
        throw Interrupted{signal};
}

void die_by(int signal) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    std::_Exit(128 + signal);
}

// Those that end the program go to the main thread all the same: the kernel looks there
// first for one that takes them.
WithoutSignals::WithoutSignals() {
    sigset_t others;
    ::sigfillset(&others);
    for (const int signal : signals)
        ::sigdelset(&others, signal);
    ::pthread_sigmask(SIG_SETMASK, &others, &before_);
}

void pass_interrupt(pthread_t thread) {
    if (const int signal = caught.load(std::memory_order_relaxed); signal != 0)
        ::pthread_kill(thread, signal);
}

}  // namespace ocikit::archive
