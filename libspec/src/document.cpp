#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include <ocikit/document.hpp>
#include <ocikit/error.hpp>
#include <ocikit/text.hpp>
#include <ocikit/unique_fd.hpp>

#include "scan.hpp"

namespace json = boost::json;

namespace ocikit {

struct Document::Impl {
    std::string text;
    std::string name;
    std::size_t max_depth = 0;
    Diagnostics diagnostics;

    // Freed as a whole: most of the values of a config are short-lived strings.
    json::monotonic_resource memory;
    std::optional<json::value> value;

    // Built when the first place is asked for.
    std::optional<TextIndex> index;
    std::vector<std::uint32_t> line_starts;

    const TextIndex& places() {
        if (!index)
            index = scan(text, max_depth).index;
        return *index;
    }

    Position position(std::size_t offset) {
        if (line_starts.empty()) {
            line_starts.push_back(0);
            for (std::size_t i = text.find('\n'); i != text.npos; i = text.find('\n', i + 1))
                line_starts.push_back(static_cast<std::uint32_t>(i + 1));
        }
        const auto next = std::upper_bound(line_starts.begin(), line_starts.end(), offset);
        const auto line = static_cast<std::size_t>(next - line_starts.begin());
        return {line, offset - line_starts[line - 1] + 1};
    }

    void report(std::size_t offset, std::string rule, std::string message, std::string pointer = {}) {
        diagnostics.push_back(
            {Severity::error, std::move(rule), std::move(message), std::move(pointer), position(offset)});
    }

    void parse();
    void report_fault(std::size_t consumed, const std::string& reason);
    void report_duplicates();
};

namespace {

// The offset of the quote that closes the string whose contents begin at an offset.
std::size_t string_end(std::string_view text, std::size_t offset) {
    const std::size_t quote = text.find('"', offset);
    if (text.substr(offset, quote - offset).find('\\') == text.npos)
        return quote;
    while (text[offset] != '"')
        offset += text[offset] == '\\' ? 2 : 1;
    return offset;
}

// Colons outside of strings: in a text that is JSON, one a member. The searches
// keep this at a fraction of what the parse costs.
std::size_t count_members(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t quote = std::min(text.find('"', begin), text.size());
        for (std::size_t i = begin; i < quote; ++i)
            count += text[i] == ':';
        if (quote == text.size())
            break;
        begin = string_end(text, quote + 1) + 1;
    }
    return count;
}

std::size_t count_members(const json::value& value) {
    std::size_t count = 0;
    if (const json::object* object = value.if_object()) {
        count = object->size();
        for (const auto& member : *object)
            count += count_members(member.value());
    } else if (const json::array* array = value.if_array()) {
        for (const json::value& element : *array)
            count += count_members(element);
    }
    return count;
}

std::string read_all(int fd, const std::string& name, std::size_t limit) {
    constexpr std::size_t first = 8 << 10;  // holds most documents
    std::string text;
    for (;;) {
        const std::size_t size = text.size();
        const std::size_t chunk = std::max(first, size);
        if (size > limit)  // Document::parse reports it
            return text;
        text.resize(size + chunk);
        const ssize_t got = ::read(fd, text.data() + size, chunk);
        if (got < 0 && errno != EINTR)
            throw Error::last("read", name);
        text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got == 0)
            return text;
    }
}

void check_readable(int fd, const std::string& name) {
    struct stat status {};
    if (::fstat(fd, &status) != 0)
        throw Error::last("read", name);
    if (S_ISDIR(status.st_mode))
        throw Error(Error::Parts{.operation = {}, .object = name, .reason = {}, .code = EISDIR, .hint = {}});
}

}  // namespace

void Document::Impl::parse() {
    json::parse_options options;
    options.max_depth = max_depth;
    unsigned char scratch[4096];
    json::parser parser({}, options, scratch, sizeof scratch);
    parser.reset(&memory);
    json::error_code error;
    const std::size_t consumed = parser.write_some(text.data(), text.size(), error);
    const bool trailing = text.find_first_not_of(" \t\r\n", consumed) != text.npos;
    if (error || trailing)
        return report_fault(consumed, error.message());
    value = parser.release();
    if (count_members(text) != count_members(*value))
        report_duplicates();
}

void Document::Impl::report_fault(std::size_t consumed, const std::string& reason) {
    Scan result = scan(text, max_depth);
    if (result.fault)
        return report(result.fault->offset, std::move(result.fault->rule), std::move(result.fault->message));
    // Valid by RFC 8259, but beyond what the parser holds: an exponent of ten digits.
    report(consumed, "syntax/json", reason);
}

void Document::Impl::report_duplicates() {
    const TextIndex& tree = places();
    for (const TextIndex::Duplicate& duplicate : tree.duplicates()) {
        const Position first = position(tree.node(duplicate.first).key);
        report(tree.node(duplicate.again).key, "syntax/duplicate-key",
               "the key " + quoted(tree.name(duplicate.again)) + " is in this object already, at line " +
                   std::to_string(first.line),
               tree.pointer(duplicate.again));
        diagnostics.back().related.push_back({"the first one", tree.pointer(duplicate.first), first});
    }
}

Document::Document(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Document Document::parse(std::string text, std::string name, const DocumentLimits& limits) {
    // The index keeps offsets in 32 bits.
    const std::size_t most =
        std::min<std::size_t>(limits.size, std::numeric_limits<std::uint32_t>::max() - 1);
    auto impl = std::make_unique<Impl>();
    impl->text = std::move(text);
    impl->name = std::move(name);
    impl->max_depth = limits.depth;
    if (impl->text.size() > most) {
        impl->text.resize(most);
        impl->report(most, "syntax/size", "the text is longer than " + std::to_string(most) + " bytes");
    } else {
        impl->parse();
    }
    return Document(std::move(impl));
}

Document Document::load(const std::string& path, const DocumentLimits& limits) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!fd)
        throw Error::last("open", path);
    return load(fd.get(), path, limits);
}

Document Document::load(int fd, std::string name, const DocumentLimits& limits) {
    check_readable(fd, name);
    std::string text = read_all(fd, name, limits.size);
    return parse(std::move(text), std::move(name), limits);
}

const std::string& Document::name() const {
    return impl_->name;
}
const std::string& Document::text() const {
    return impl_->text;
}
bool Document::has_value() const {
    return impl_->value.has_value();
}
const json::value& Document::value() const {
    return *impl_->value;
}
const Diagnostics& Document::diagnostics() const {
    return impl_->diagnostics;
}

Position Document::locate(std::string_view pointer, Part part) const {
    if (!has_value())
        return impl_->position(0);
    const TextIndex& index = impl_->places();
    const TextIndex::Found found = index.find(pointer);
    const TextIndex::Node& node = index.node(found.id);
    const bool key = part == Part::key && found.whole && node.key != TextIndex::none;
    return impl_->position(key ? node.key : node.begin);
}

std::string_view Document::source(std::string_view pointer) const {
    if (!has_value())
        return {};
    const TextIndex& index = impl_->places();
    const TextIndex::Found found = index.find(pointer);
    if (!found.whole)
        return {};
    const TextIndex::Node& node = index.node(found.id);
    return std::string_view(impl_->text).substr(node.begin, node.end - node.begin);
}

Diagnostic Document::at(Severity severity, std::string rule, std::string message, std::string pointer,
                        Part part) const {
    const Position position = locate(pointer, part);
    return {severity, std::move(rule), std::move(message), std::move(pointer), position};
}

std::string pointer_append(std::string_view pointer, std::string_view token) {
    std::string result(pointer);
    result += '/';
    for (const char c : token) {
        if (c == '~')
            result += "~0";
        else if (c == '/')
            result += "~1";
        else
            result += c;
    }
    return result;
}

std::string pointer_append(std::string_view pointer, std::size_t index) {
    return std::string(pointer) + '/' + std::to_string(index);
}

}  // namespace ocikit
