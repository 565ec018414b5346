// How far a long work has come, as a line on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ocikit::archive {

class Progress {
  public:
    // Nothing is written unless it is wanted. The line appears after a moment only, is
    // written anew a few times a second, and vanishes at the end.
    explicit Progress(bool wanted);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void entry();
    void bytes(std::uint64_t size);

  private:
    using Clock = std::chrono::steady_clock;
    void update();

    bool wanted_;
    bool shown_ = false;
    std::uint64_t entries_ = 0;
    std::uint64_t bytes_ = 0;
    Clock::time_point begin_;
    Clock::time_point next_;
};

// 1536 bytes are "1.5 KiB".
std::string readable_size(std::uint64_t bytes);

}  // namespace ocikit::archive
