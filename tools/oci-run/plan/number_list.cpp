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

struct Range {
    unsigned first = 0, last = 0;
    unsigned used = 1, group = 1;  // of each group of numbers the first ones
};

// Cuts a mark and the number after it off the front, if the mark is there.
bool take_marked(std::string_view& text, char mark, unsigned& number) {
    if (!text.starts_with(mark))
        return true;
    text.remove_prefix(1);
    return take_number(text, number);
}

// `N`, `N-M` or `N-M:USED/GROUP` (cpuset(7), "List format")
bool parse_range(std::string_view text, Range& range) {
    if (!take_number(text, range.first))
        return false;
    range.last = range.first;
    const bool complete = take_marked(text, '-', range.last) && take_marked(text, ':', range.used) &&
                          take_marked(text, '/', range.group) && text.empty();
    return complete && range.first <= range.last && range.last <= largest && range.used <= range.group &&
           range.group > 0;
}

}  // namespace

std::vector<unsigned long> parse_number_list(const std::string& text, const std::string& pointer) {
    std::vector<unsigned long> bits;
    for (std::size_t at = 0; !text.empty() && at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        Range range;
        if (!parse_range(std::string_view(text).substr(at, end - at), range))
            refuse(pointer, ocikit::quoted(text) + " is no list of numbers up to " + std::to_string(largest) +
                                ", expected one such as \"0-3,7\"");
        if (bits.size() <= range.last / word_bits)
            bits.resize(range.last / word_bits + 1);
        for (unsigned i = range.first; i <= range.last; ++i)
            if ((i - range.first) % range.group < range.used)
                bits[i / word_bits] |= 1ul << (i % word_bits);
        at = end + 1;
    }
    return bits;
}

}  // namespace ocikit::run
