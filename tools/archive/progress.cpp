#include "archive/progress.hpp"

#include <cstdio>
#include <unistd.h>

namespace ocikit::archive {

namespace {

constexpr auto interval = std::chrono::milliseconds(200);

// what fails here fails to nobody's harm
void show(const std::string& text) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Progress::Progress(bool wanted) : wanted_(wanted) {
    if (wanted_) {
        begin_ = Clock::now();
        next_ = begin_ + interval;
    }
}

Progress::~Progress() {
    if (shown_)
        show("\r\x1b[K");
}

void Progress::entry() {
    ++entries_;
    update();
}

void Progress::bytes(std::uint64_t size) {
    bytes_ += size;
    update();
}

void Progress::update() {
    if (!wanted_)
        return;
    const Clock::time_point now = Clock::now();
    if (now < next_)
        return;
    next_ = now + interval;
    shown_ = true;
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(bytes_) / seconds);
    show("\r" + std::to_string(entries_) + " files, " + readable_size(bytes_) + ", " + readable_size(rate) +
         "/s\x1b[K");
}

std::string readable_size(std::uint64_t bytes) {
    constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024)
        return std::to_string(bytes) + " B";
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024; ++unit)
        value /= 1024;
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %s", value, units[unit]);
    return text;
}

}  // namespace ocikit::archive
