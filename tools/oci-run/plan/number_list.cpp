#include "plan/number_list.hpp"

#include <charconv>
#include <climits>
#include <string_view>

#include <ocikit/text.hpp>

#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

constexpr unsigned word_bits = sizeof(unsigned long) * CHAR_BIT;
// set_mempolicy(2) takes a page of bits at most; no machine has as many CPUs
constexpr unsigned largest = 4096 * CHAR_BIT - 2;

// Cuts a number off the front.
bool take_number(std::string_view& text, unsigned& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc())
        return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

// `N` or `N-M`
bool parse_range(std::string_view text, unsigned& first, unsigned& last) {
    if (!take_number(text, first))
        return false;
    last = first;
    if (text.starts_with('-')) {
        text.remove_prefix(1);
        if (!take_number(text, last))
            return false;
    }
    return text.empty() && first <= last && last <= largest;
}

}  // namespace

std::vector<unsigned long> parse_number_list(const std::string& text, const std::string& pointer) {
    std::vector<unsigned long> bits;
    for (std::size_t at = 0; !text.empty() && at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        unsigned first = 0, last = 0;
        if (!parse_range(std::string_view(text).substr(at, end - at), first, last))
            refuse(pointer, ocikit::quoted(text) + " is no list of numbers up to " + std::to_string(largest) +
                                ", expected one such as \"0-3,7\"");
        if (bits.size() <= last / word_bits)
            bits.resize(last / word_bits + 1);
        for (unsigned i = first; i <= last; ++i)
            bits[i / word_bits] |= 1ul << (i % word_bits);
        at = end + 1;
    }
    return bits;
}

}  // namespace ocikit::run
