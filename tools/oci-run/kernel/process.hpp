// A child process, held by its pidfd.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include <ocikit/unique_fd.hpp>

namespace ocikit::run {

// What a waited-for process left: the exit status as a shell shows it.
struct ExitStatus {
    int code = 0;    // 0–255, or 128 + signal
    int signal = 0;  // that has ended it, or 0
};

class Process {
  public:
    Process() = default;
    // A child by its pidfd.
    Process(pid_t pid, UniqueFd fd) : pid_(pid), fd_(std::move(fd)) {}
    // clone3(2) without CLONE_VM: returns twice, like fork(2). In the child the
    // result holds no process (pid() 0). flags: CLONE_NEW…, CLONE_PARENT; cgroup: a
    // cgroup v2 directory to start in, or -1.
    static Process clone(std::uint64_t flags, int cgroup);

    Process(Process&& other) noexcept;
    Process& operator=(Process&& other) noexcept;
    // Kills and reaps a child that wasn't waited for or released.
    ~Process();

    pid_t pid() const { return pid_; }
    int fd() const { return fd_.get(); }
    // Waits for its end; blocks.
    ExitStatus wait();
    // The same without blocking.
    std::optional<ExitStatus> poll();
    void kill();
    // From here on the process lives on its own.
    void release() { pid_ = 0; }

  private:
    pid_t pid_ = 0;
    UniqueFd fd_;
};

// The process that a pidfd stands for, as /proc here has it, whatever the pid namespace of
// who made it; 0 if it is gone.
pid_t pid_of(int pidfd);

// What /proc/PID/stat tells about a process; nothing if there is none.
struct ProcessStat {
    char state = '?';
    std::uint64_t start_time = 0;       // clock ticks since boot: with the pid it names one process
    std::uint64_t ignored_signals = 0;  // bit n-1 for signal n; signals 1 to 31 only
};
std::optional<ProcessStat> read_process_stat(pid_t pid);

// How long its first thread has had a processor; 0 where the kernel doesn't count it, or it is gone.
std::chrono::nanoseconds processor_time(pid_t pid);

// All processes of the pid namespace that a process is in, without those of namespaces below.
std::vector<pid_t> processes_of_namespace(pid_t pid);

// Sends a signal to the process with this pid and start time; false if it is gone.
bool signal_process(pid_t pid, std::uint64_t start_time, int signal);

}  // namespace ocikit::run
