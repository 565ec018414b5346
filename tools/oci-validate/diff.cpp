// Edits as a unified diff, and a file that is replaced by its edited text.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>
#include <ocikit/unique_fd.hpp>

#include "oci-validate/fix.hpp"

namespace ocikit::validate {

namespace {

using Lines = std::vector<std::string_view>;

// With their ends.
Lines lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end == text.npos ? text.size() : end + 1));
        text.remove_prefix(lines.back().size());
    }
    return lines;
}

// Lines of the old text, and the text that takes their place.
struct Change {
    std::size_t first = 0;
    std::size_t count = 0;
    std::string text;
};

std::size_t line_start(const std::string& text, std::size_t offset) {
    const std::size_t before = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
    return before == std::string::npos ? 0 : before + 1;
}

std::size_t line_end(const std::string& text, std::size_t offset) {
    const std::size_t end = text.find('\n', offset);
    return end == std::string::npos ? text.size() : end + 1;
}

// Edits that touch the same line are one change.
std::vector<Change> changes_of(const std::string& text, const std::vector<Edit>& edits) {
    std::vector<Change> changes;
    for (std::size_t i = 0; i < edits.size();) {
        const std::size_t begin = line_start(text, edits[i].begin);
        std::size_t end = line_end(text, edits[i].end);
        std::string replaced;
        std::size_t at = begin;
        for (; i < edits.size() && edits[i].begin < end; ++i) {
            replaced.append(text, at, edits[i].begin - at);
            replaced += edits[i].text;
            at = edits[i].end;
            end = std::max(end, line_end(text, at));
        }
        replaced.append(text, at, end - at);
        const auto line = [&text](std::size_t offset) {
            return static_cast<std::size_t>(
                std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
        };
        changes.push_back({line(begin), lines_of(std::string_view(text).substr(begin, end - begin)).size(),
                           std::move(replaced)});
    }
    return changes;
}

void add_line(std::string& diff, char mark, std::string_view line) {
    diff += mark;
    diff += line;
    if (!line.ends_with('\n'))
        diff += "\n\\ No newline at end of file\n";
}

std::string range(std::size_t first, std::size_t count) {
    return std::to_string(count == 0 ? first : first + 1) + (count == 1 ? "" : ',' + std::to_string(count));
}

}  // namespace

std::string unified_diff(const std::string& text, const std::vector<Edit>& edits, const std::string& name) {
    constexpr std::size_t context = 3;
    const Lines lines = lines_of(text);
    const std::vector<Change> changes = changes_of(text, edits);
    std::string diff;
    std::ptrdiff_t shift = 0;
    for (std::size_t i = 0; i < changes.size();) {
        const std::size_t from = changes[i].first - std::min(changes[i].first, context);
        std::size_t at = from, added = 0;
        std::string hunk;
        std::size_t last = i;
        for (; last < changes.size() && (last == i || changes[last].first <= at + 2 * context); ++last) {
            const Change& change = changes[last];
            for (; at < change.first; ++at, ++added)
                add_line(hunk, ' ', lines[at]);
            for (std::size_t k = 0; k < change.count; ++k, ++at)
                add_line(hunk, '-', lines[at]);
            for (const std::string_view line : lines_of(change.text)) {
                add_line(hunk, '+', line);
                ++added;
            }
        }
        for (const std::size_t end = std::min(lines.size(), at + context); at < end; ++at, ++added)
            add_line(hunk, ' ', lines[at]);
        const auto to = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(from) + shift);
        diff += "@@ -" + range(from, at - from) + " +" + range(to, added) + " @@\n" + hunk;
        shift += static_cast<std::ptrdiff_t>(added) - static_cast<std::ptrdiff_t>(at - from);
        i = last;
    }
    return diff.empty() ? diff : "--- " + printable(name) + "\n+++ " + printable(name) + '\n' + diff;
}

void write_edited(const std::string& path, const std::string& text) {
    // what a link names is replaced, not the link
    const std::unique_ptr<char, decltype(&std::free)> target(::realpath(path.c_str(), nullptr), &std::free);
    struct stat status {};
    if (!target || ::stat(target.get(), &status) != 0)
        throw Error::last("", path);
    std::string temporary = std::string(target.get()) + ".XXXXXX";
    const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd)
        throw Error::last("write", path);
    const auto fail = [&](int error) {
        ::unlink(temporary.c_str());
        throw Error(Error::Parts{.operation = "write", .object = path, .code = error});
    };
    for (std::string_view rest = text; !rest.empty();) {
        const ssize_t written = ::write(fd.get(), rest.data(), rest.size());
        if (written < 0 && errno != EINTR)
            fail(errno);
        rest.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    // another owner only if this user may give files away
    if ((::fchown(fd.get(), status.st_uid, status.st_gid) != 0 && errno != EPERM) ||
        ::fchmod(fd.get(), status.st_mode & 07777) != 0 || ::fsync(fd.get()) != 0 ||
        ::rename(temporary.c_str(), target.get()) != 0)
        fail(errno);
}

}  // namespace ocikit::validate
