#include "oci-gen/text_diff.hpp"

#include <algorithm>
#include <vector>

namespace ocikit::gen {

namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t context_lines = 3;

Lines lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1);
        lines.push_back(text.substr(0, end + 1));
        text.remove_prefix(end + 1);
    }
    return lines;
}

struct Step {
    char kind;  // as the line is marked: blank, - or +
    std::string_view line;
};

// The furthest that each diagonal gets with a number of differences (Myers, "An O(ND)
// Difference Algorithm", 1986); all numbers are kept to find the way back.
std::vector<std::vector<long>> furthest(const Lines& a, const Lines& b) {
    const long n = static_cast<long>(a.size());
    const long m = static_cast<long>(b.size());
    std::vector<std::vector<long>> trace;
    std::vector<long> ends(static_cast<std::size_t>(2 * (n + m) + 3), 0);
    const auto at = [&](long diagonal) -> long& {
        return ends[static_cast<std::size_t>(diagonal + n + m + 1)];
    };
    for (long differences = 0;; ++differences) {
        for (long k = -differences; k <= differences; k += 2) {
            long x =
                k == -differences || (k != differences && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
            long y = x - k;
            while (x < n && y < m && a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(y)])
                ++x, ++y;
            at(k) = x;
            if (x >= n && y >= m) {
                trace.push_back(ends);
                return trace;
            }
        }
        trace.push_back(ends);
    }
}

std::vector<Step> steps(const Lines& a, const Lines& b) {
    const auto trace = furthest(a, b);
    const long offset = static_cast<long>(a.size() + b.size()) + 1;
    long x = static_cast<long>(a.size());
    long y = static_cast<long>(b.size());
    std::vector<Step> way;
    for (long differences = static_cast<long>(trace.size()) - 1; differences >= 0; --differences) {
        long before_x = 0;
        long before_y = 0;
        if (differences > 0) {
            const std::vector<long>& ends = trace[static_cast<std::size_t>(differences - 1)];
            const auto at = [&](long diagonal) { return ends[static_cast<std::size_t>(diagonal + offset)]; };
            const long k = x - y;
            const long from =
                k == -differences || (k != differences && at(k - 1) < at(k + 1)) ? k + 1 : k - 1;
            before_x = at(from);
            before_y = before_x - from;
        }
        while (x > before_x && y > before_y)
            way.push_back({' ', a[static_cast<std::size_t>(--x)]}), --y;
        if (x > before_x)
            way.push_back({'-', a[static_cast<std::size_t>(--x)]});
        else if (y > before_y)
            way.push_back({'+', b[static_cast<std::size_t>(--y)]});
    }
    std::reverse(way.begin(), way.end());
    return way;
}

std::string range(std::size_t first, std::size_t count) {
    // an empty range is told by the line before it
    return std::to_string(count == 0 ? first : first + 1) + (count == 1 ? "" : "," + std::to_string(count));
}

struct Count {
    std::size_t before = 0;
    std::size_t after = 0;
    void add(char kind) {
        before += kind != '+';
        after += kind != '-';
    }
};

// The end of the hunk that begins with the change at `first`: changes that are no more than
// twice the context apart belong together.
std::size_t hunk_end(const std::vector<Step>& all, std::size_t first) {
    std::size_t last = first;
    for (std::size_t i = first; i < all.size() && i - last <= 2 * context_lines + 1; ++i)
        if (all[i].kind != ' ')
            last = i;
    return std::min(last + 1 + context_lines, all.size());
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, std::string_view before_name,
                         std::string_view after_name) {
    const Lines a = lines_of(before);
    const Lines b = lines_of(after);
    const std::vector<Step> all = steps(a, b);
    std::string text;
    Count passed;
    std::size_t next = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].kind == ' ')
            continue;
        const std::size_t begin = std::max(next, i - std::min(i, context_lines));
        const std::size_t end = hunk_end(all, i);
        for (; next < begin; ++next)
            passed.add(all[next].kind);
        Count size;
        std::string lines;
        for (; next < end; ++next) {
            size.add(all[next].kind);
            lines += all[next].kind + std::string(all[next].line);
        }
        text += "@@ -" + range(passed.before, size.before) + " +" + range(passed.after, size.after) +
                " @@\n" + lines;
        passed.before += size.before;
        passed.after += size.after;
        i = end - 1;
    }
    if (text.empty())
        return text;
    return "--- " + std::string(before_name) + "\n+++ " + std::string(after_name) + "\n" + text;
}

}  // namespace ocikit::gen
