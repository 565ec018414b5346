#include "dbus/variant_text.hpp"

#include <bit>
#include <charconv>
#include <limits>

#include <ocikit/error.hpp>

namespace ocikit::run::dbus {

namespace {

constexpr int max_depth = 16;

struct Keyword {
    std::string_view word;
    const char* type;
};
constexpr Keyword keywords[] = {{"boolean", "b"}, {"byte", "y"},   {"int16", "n"},      {"uint16", "q"},
                                {"int32", "i"},   {"uint32", "u"}, {"int64", "x"},      {"uint64", "t"},
                                {"double", "d"},  {"string", "s"}, {"objectpath", "o"}, {"signature", "g"}};

struct Range {
    std::int64_t min;
    std::uint64_t max;
};

Range range_of(char type) {
    switch (type) {
        case 'y':
            return {0, 0xff};
        case 'n':
            return {-0x8000, 0x7fff};
        case 'q':
            return {0, 0xffff};
        case 'i':
            return {std::numeric_limits<std::int32_t>::min(), 0x7fffffff};
        case 'u':
            return {0, 0xffffffff};
        case 'x':
            return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
        default:
            return {0, std::numeric_limits<std::uint64_t>::max()};
    }
}

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Value parse() {
        Value result = value("", 0);
        space();
        if (at_ != text_.size())
            refuse("there is more after the value");
        return result;
    }

  private:
    [[noreturn]] void refuse(const std::string& what) const {
        throw Error("\"" + std::string(text_) + "\" is no value in GVariant's text format: " + what);
    }

    void space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n'))
            ++at_;
    }

    bool take(char c) {
        space();
        if (at_ == text_.size() || text_[at_] != c)
            return false;
        ++at_;
        return true;
    }

    std::string_view word() {
        const std::size_t start = at_;
        while (at_ < text_.size() && std::string_view(" \t\n,])").find(text_[at_]) == std::string_view::npos)
            ++at_;
        return text_.substr(start, at_ - start);
    }

    // type: what it has to be; "" if it is for the text to say.
    Value value(std::string type, int depth) {
        if (depth > max_depth)
            refuse("too many levels");
        space();
        if (at_ == text_.size())
            refuse("it ends too early");
        const char c = text_[at_];
        if (c == '@') {
            ++at_;
            const std::string_view given = text_.substr(at_, text_.find(' ', at_) - at_);
            at_ += given.size();
            return value(first_type(std::string(given)), depth + 1);
        }
        if (c == '[')
            return array(type, depth);
        if (c == '(')
            return tuple(type, depth);
        if (c == '\'' || c == '"')
            return quoted(type);
        return plain(word(), type, depth);
    }

    Value array(const std::string& type, int depth) {
        if (!type.empty() && type[0] != 'a')
            refuse("an array where the type is " + type);
        std::string element = type.empty() ? "" : type.substr(1);
        std::vector<Value> items;
        for (take('['); !take(']');) {
            if (!items.empty() && !take(','))
                refuse("a comma is missing");
            items.push_back(value(element, depth + 1));
            element = items.front().signature;
            if (items.back().signature != element)
                refuse("an array of different types");
        }
        if (element.empty())
            refuse("an empty array needs its type before it, as in @as []");
        return dbus::array(element, std::move(items));
    }

    Value tuple(const std::string& type, int depth) {
        std::vector<Value> items;
        std::size_t type_at = 1;
        for (take('('); !take(')');) {
            if (!items.empty() && !take(','))
                refuse("a comma is missing");
            if (take(')'))  // of a tuple of one
                break;
            items.push_back(value(type.empty() ? "" : first_type(type, type_at), depth + 1));
            type_at += items.back().signature.size();
        }
        Value result = structure(std::move(items));
        if (result.items.empty() || (!type.empty() && result.signature != type))
            refuse("a tuple where the type is " + type);
        return result;
    }

    Value quoted(const std::string& type) {
        const char quote = text_[at_++];
        std::string content;
        for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                const char next = text_[++at_];
                content += next == 'n' ? '\n' : next == 't' ? '\t' : next == 'r' ? '\r' : next;
            } else {
                content += text_[at_];
            }
        }
        if (at_ == text_.size())
            refuse("a quotation mark is missing");
        ++at_;
        if (!type.empty() && type != "s" && type != "o" && type != "g")
            refuse("a string where the type is " + type);
        return {type.empty() ? "s" : type, 0, std::move(content)};
    }

    Value plain(std::string_view text, const std::string& type, int depth) {
        for (const auto& keyword : keywords)
            if (keyword.word == text)
                return value(keyword.type, depth + 1);
        if ((text == "true" || text == "false") && (type.empty() || type == "b"))
            return boolean(text == "true");
        if (type == "d" || (type.empty() && text.find('.') != std::string_view::npos))
            return real(text);
        return integer(text, type.empty() ? "i" : type);
    }

    Value real(std::string_view text) const {
        double number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{} || end != text.data() + text.size())
            refuse("\"" + std::string(text) + "\" is no number");
        return {"d", std::bit_cast<std::uint64_t>(number)};
    }

    Value integer(std::string_view text, const std::string& type) const {
        std::string_view digits = text;
        const bool negative = digits.starts_with('-');
        if (negative || digits.starts_with('+'))
            digits.remove_prefix(1);
        const bool hexadecimal = digits.starts_with("0x");
        if (hexadecimal)
            digits.remove_prefix(2);
        std::uint64_t number = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), number, hexadecimal ? 16 : 10);
        if (type.size() != 1 || type == "b" || error == std::errc::invalid_argument ||
            end != digits.data() + digits.size())
            refuse("\"" + std::string(text) + "\" is no " + (type == "b" ? "boolean" : "number"));
        const Range range = range_of(type[0]);
        const auto lowest = std::uint64_t{0} - static_cast<std::uint64_t>(range.min);
        if (error != std::errc{} || number > (negative ? lowest : range.max))
            refuse("\"" + std::string(text) + "\" is out of range");
        return {type, negative ? std::uint64_t{0} - number : number};
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

Value parse_variant(std::string_view text) {
    return Parser(text).parse();
}

}  // namespace ocikit::run::dbus
