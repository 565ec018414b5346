#include "scan.hpp"

#include <algorithm>
#include <cstdio>

#include <ocikit/text.hpp>

namespace ocikit {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

void append_utf8(std::string& out, unsigned code) {
    const auto put = [&out](unsigned byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0 | code >> 6);
        put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        put(0xe0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3f));
        put(0x80 | (code & 0x3f));
    } else {
        put(0xf0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3f));
        put(0x80 | (code >> 6 & 0x3f));
        put(0x80 | (code & 0x3f));
    }
}

}  // namespace

// RFC 8259, as strict as Boost.JSON. Recursion is bounded by max_depth.
class Scanner {
  public:
    Scanner(std::string_view text, std::size_t max_depth)
        : text_(text), max_depth_(max_depth), index_(text) {}

    Scan run() {
        try {
            document();
        } catch (SyntaxFault& fault) {
            return {std::move(fault), {}};
        }
        index_.link();
        return {{}, std::move(index_)};
    }

  private:
    using Id = TextIndex::Id;

    void document() {
        check_encoding();
        skip_space();
        if (at_ == text_.size())
            throw SyntaxFault{0, "syntax/empty",
                              at_ == 0 ? "the text is empty, expected a JSON value"
                                       : "there is nothing but white space, expected a JSON value"};
        value(TextIndex::none, TextIndex::none);
        skip_space();
        if (at_ < text_.size())
            throw SyntaxFault{at_, "syntax/trailing", found() + " after the end of the JSON value"};
    }

    void check_encoding() const {
        if (text_.starts_with(byte_order_mark))
            throw SyntaxFault{0, "syntax/byte-order-mark",
                              "the text begins with a byte order mark, which JSON doesn't allow"};
        if (text_.starts_with("\xff\xfe") || text_.starts_with("\xfe\xff"))
            throw SyntaxFault{0, "syntax/byte-order-mark",
                              "the text begins with a UTF-16 byte order mark; it must be UTF-8 without one"};
    }

    void skip_space() {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
            ++at_;
    }

    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    std::string place(std::size_t offset) const {
        const std::string_view before = text_.substr(0, offset);
        const auto line = std::count(before.begin(), before.end(), '\n') + 1;
        return std::to_string(line) + ":" + std::to_string(offset - (before.rfind('\n') + 1) + 1);
    }

    // What is at the current place, in words.
    std::string found() const {
        const auto byte = static_cast<unsigned char>(text_[at_]);
        if (const std::size_t length = utf8_length(text_, at_); length == 0)
            throw bad_utf8();
        else if (length > 1)
            return "found " + quoted(text_.substr(at_, length));
        if (byte == '\n')
            return "found a line break";
        if (byte == '\'')
            return "found a single quote (JSON has double quotes only)";
        if (byte == '/' || byte == '#')
            return "found '" + std::string(1, text_[at_]) + "' (JSON has no comments)";
        if (byte < 0x20 || byte == 0x7f) {
            char name[48];
            std::snprintf(name, sizeof name, "found the control character U+%04X", unsigned{byte});
            return name;
        }
        if (!is_word(text_[at_]))
            return byte == '"' ? "found a string" : "found '" + std::string(1, text_[at_]) + "'";
        return "found " + quoted(word(), 24);
    }

    std::string_view word() const {
        std::size_t end = at_;
        while (end < text_.size() && is_word(text_[end]))
            ++end;
        return text_.substr(at_, end - at_);
    }

    SyntaxFault bad_utf8() const {
        char name[48];
        std::snprintf(name, sizeof name, "byte 0x%02x is not valid UTF-8",
                      unsigned{static_cast<unsigned char>(text_[at_])});
        return {at_, "syntax/utf-8", name};
    }

    SyntaxFault truncated(const std::string& expected) const {
        std::string message = "the text ends";
        if (!open_.empty())
            message += " inside the " + std::string(text_[open_.back()] == '{' ? "object" : "array") +
                       " that begins at " + place(open_.back());
        return {text_.size(), "syntax/truncated", message + ", expected " + expected};
    }

    SyntaxFault unexpected(const std::string& expected, const std::string& remark = {}) const {
        if (at_ >= text_.size())
            return truncated(expected);
        return {at_, "syntax/json", "expected " + expected + ", " + found() + remark};
    }

    Id add(Id parent, std::uint32_t key) {
        const Id id = static_cast<Id>(index_.nodes_.size());
        TextIndex::Node node;
        node.key = key;
        node.begin = static_cast<std::uint32_t>(at_);
        node.parent = parent;
        index_.nodes_.push_back(node);
        if (parent != TextIndex::none)
            ++index_.nodes_[parent].child_count;
        return id;
    }

    void value(Id parent, std::uint32_t key) {
        const Id id = add(parent, key);
        switch (peek()) {
            case '{':
                object(id);
                break;
            case '[':
                array(id);
                break;
            case '"':
                string(nullptr);
                break;
            default:
                if (peek() == '-' || is_digit(peek()))
                    number();
                else
                    literal();
        }
        index_.nodes_[id].end = static_cast<std::uint32_t>(at_);
    }

    void enter() {
        if (open_.size() == max_depth_)
            throw SyntaxFault{
                at_, "syntax/depth",
                "arrays and objects are nested deeper than " + std::to_string(max_depth_) + " levels"};
        open_.push_back(at_++);
        skip_space();
    }

    void leave() {
        open_.pop_back();
        ++at_;
    }

    void object(Id id) {
        enter();
        if (peek() == '}')
            return leave();
        for (bool first = true;; first = false) {
            if (peek() != '"')
                throw unexpected(first ? "a key in double quotes or '}'" : "a key in double quotes",
                                 !first && peek() == '}' ? " (no comma may follow the last member)" : "");
            const auto key = static_cast<std::uint32_t>(at_);
            std::string name;
            const bool escaped = string(&name);
            skip_space();
            if (peek() != ':')
                throw unexpected("':' after the key");
            ++at_;
            skip_space();
            if (escaped)
                index_.unescaped_.emplace(static_cast<Id>(index_.nodes_.size()), std::move(name));
            value(id, key);
            skip_space();
            if (peek() == '}')
                return leave();
            if (peek() != ',')
                throw unexpected("',' or '}'", peek() == '"' ? " (is a comma missing before it?)" : "");
            ++at_;
            skip_space();
        }
    }

    void array(Id id) {
        enter();
        if (peek() == ']')
            return leave();
        for (;;) {
            value(id, TextIndex::none);
            skip_space();
            if (peek() == ']')
                return leave();
            if (peek() != ',')
                throw unexpected("',' or ']'");
            ++at_;
            skip_space();
            if (peek() == ']')
                throw unexpected("a value", " (no comma may follow the last element)");
        }
    }

    // Tells whether the string has escapes; puts it into *decoded then.
    bool string(std::string* decoded) {
        const std::size_t begin = at_++;
        std::size_t plain = at_;
        bool escaped = false;
        for (;;) {
            if (at_ >= text_.size())
                throw SyntaxFault{at_, "syntax/truncated",
                                  "the text ends inside the string that begins at " + place(begin)};
            const auto byte = static_cast<unsigned char>(text_[at_]);
            if (byte == '"' || byte == '\\') {
                if (decoded && (byte == '\\' || escaped))
                    decoded->append(text_, plain, at_ - plain);
                if (byte == '"')
                    break;
                escaped = true;
                escape(decoded);
                plain = at_;
            } else if (byte < 0x20) {
                throw SyntaxFault{at_, "syntax/json",
                                  found() + " in the string that begins at " + place(begin) +
                                      (byte == '\n' ? " (is its closing quote missing?)"
                                                    : ", which must be written as an escape")};
            } else if (const std::size_t length = utf8_length(text_, at_); length > 0) {
                at_ += length;
            } else {
                throw bad_utf8();
            }
        }
        ++at_;
        return escaped;
    }

    void escape(std::string* decoded) {
        constexpr std::string_view letters = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        const std::size_t begin = at_++;
        if (peek() == 'u') {
            const unsigned code = unicode_escape(begin);
            if (decoded)
                append_utf8(*decoded, code);
            return;
        }
        const std::size_t letter = at_ < text_.size() ? letters.find(text_[at_]) : 0;
        if (at_ >= text_.size())
            throw truncated("the rest of an escape in a string");
        if (letter == letters.npos)
            throw SyntaxFault{begin, "syntax/json",
                              "unknown escape '\\" + shown(text_.substr(at_, 1)) +
                                  "' in a string, expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u"};
        if (decoded)
            *decoded += meanings[letter];
        ++at_;
    }

    // At the u; begin is the backslash.
    unsigned unicode_escape(std::size_t begin) {
        const unsigned code = hex4(begin);
        if (code < 0xd800 || code > 0xdfff)
            return code;
        unsigned low = 0;
        if (code < 0xdc00 && text_.substr(at_, 2) == "\\u") {
            ++at_;
            low = hex4(begin);
        }
        if (low < 0xdc00 || low > 0xdfff)
            throw SyntaxFault{begin, "syntax/json",
                              "\\u" + std::string(text_.substr(begin + 2, 4)) +
                                  " is half of a surrogate pair without the other half"};
        return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }

    unsigned hex4(std::size_t begin) {
        unsigned code = 0;
        for (int i = 0; i < 4; ++i) {
            ++at_;
            const char c = peek();
            const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
            if (at_ >= text_.size())
                throw truncated("the rest of an escape in a string");
            if (!is_digit(c) && !letter)
                throw SyntaxFault{begin, "syntax/json", "\\u must be followed by four hexadecimal digits"};
            code = code * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
        }
        ++at_;
        return code;
    }

    void digits(const char* where) {
        if (!is_digit(peek()))
            throw unexpected(std::string("a digit ") + where);
        while (is_digit(peek()))
            ++at_;
    }

    void number() {
        const std::size_t begin = at_;
        if (peek() == '-')
            ++at_;
        const bool zero = peek() == '0';
        const std::size_t integer = at_;
        digits("after '-'");
        if (zero && at_ - integer > 1)
            throw SyntaxFault{
                begin, "syntax/json",
                "the number " + shown(text_.substr(begin, at_ - begin), 24) + " begins with a zero"};
        if (peek() == '.') {
            ++at_;
            digits("after the decimal point");
        }
        if (peek() == 'e' || peek() == 'E') {
            ++at_;
            if (peek() == '+' || peek() == '-')
                ++at_;
            digits("in the exponent");
        }
    }

    void literal() {
        const std::string_view found = word();
        for (const std::string_view known : {"true", "false", "null"}) {
            if (found == known) {
                at_ += known.size();
                return;
            }
            if (!found.empty() && known.starts_with(found) && at_ + found.size() == text_.size())
                throw truncated(std::string(known));
        }
        throw unexpected("a value", found == "True" || found == "False" || found == "None" || found == "NULL"
                                        ? " (JSON has true, false and null)"
                                        : "");
    }

    std::string_view text_;
    std::size_t max_depth_;
    std::size_t at_ = 0;
    std::vector<std::size_t> open_;  // offsets of the brackets that are open
    TextIndex index_;
};

Scan scan(std::string_view text, std::size_t max_depth) {
    return Scanner(text, max_depth).run();
}

}  // namespace ocikit
