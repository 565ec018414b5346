#include <charconv>
#include <csignal>
#include <string.h>
#include <string>

#include <ocikit/signal_name.hpp>

namespace ocikit {

namespace {

// The kernel's: glibc keeps the first two real-time signals, and its SIGRTMIN, to itself.
constexpr int rtmin = 34;
constexpr int rtmax = 64;

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<int> real_time(std::string_view name) {
    const bool from_min = name.starts_with("RTMIN");
    if (!from_min && !name.starts_with("RTMAX"))
        return std::nullopt;
    const std::string_view offset = name.substr(5);
    int value = from_min ? rtmin : rtmax;
    if (!offset.empty()) {
        const auto distance = number(offset.substr(1));
        if (offset[0] != (from_min ? '+' : '-') || !distance || *distance < 0 || *distance > rtmax - rtmin)
            return std::nullopt;
        value += from_min ? *distance : -*distance;
    }
    return value;
}

}  // namespace

std::optional<int> signal_number(std::string_view text) {
    if (!text.empty() && text[0] >= '0' && text[0] <= '9') {
        const auto value = number(text);
        return value && *value >= 1 && *value <= rtmax ? value : std::nullopt;
    }
    std::string name;
    for (const char c : text)
        name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (name.starts_with("SIG"))
        name.erase(0, 3);
    if (name == "IOT")
        return SIGABRT;
    if (name == "CLD")
        return SIGCHLD;
    if (name == "IO")
        return SIGIO;
    for (int signal = 1; signal < 32; ++signal) {
        const char* const known = ::sigabbrev_np(signal);
        if (known && name == known)
            return signal;
    }
    return real_time(name);
}

}  // namespace ocikit
