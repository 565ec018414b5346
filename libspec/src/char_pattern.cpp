#include "char_pattern.hpp"

#include <cstdint>

#include <ocikit/error.hpp>

namespace ocikit {

class CharPattern::Parser {
  public:
    explicit Parser(std::string_view expression) : expression_(expression), rest_(expression) {}

    std::vector<Piece> parse() {
        if (rest_.size() < 2 || rest_.front() != '^' || rest_.back() != '$')
            refuse();
        rest_ = rest_.substr(1, rest_.size() - 2);
        std::vector<Piece> pieces;
        while (!rest_.empty()) {
            Piece piece{.allowed = atom()};
            if (accept('+')) {
                pieces.push_back(piece);  // one, and any number more
                piece.optional = piece.repeated = true;
            } else if (accept('*')) {
                piece.optional = piece.repeated = true;
            } else if (accept('?')) {
                piece.optional = true;
            }
            pieces.push_back(piece);
        }
        if (pieces.size() > most_pieces)
            refuse();
        return pieces;
    }

    static constexpr std::size_t most_pieces = 63;  // the states are bits of a word

  private:
    [[noreturn]] void refuse() const {
        throw Error(Error::Parts{.operation = {},
                                 .object = std::string(expression_),
                                 .reason = "a pattern of a kind that isn't supported",
                                 .hint = {}});
    }

    bool accept(char c) {
        if (rest_.empty() || rest_.front() != c)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    char next() {
        if (rest_.empty())
            refuse();
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    unsigned char escaped() {
        const char c = next();
        if (c == 'n')
            return '\n';
        if (c == 't')
            return '\t';
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            refuse();  // a class such as \d, or a back reference
        return static_cast<unsigned char>(c);
    }

    std::bitset<256> atom() {
        const char c = next();
        std::bitset<256> allowed;
        if (c == '[')
            return char_class();
        if (c == '.')
            return allowed.set().reset('\n').reset('\r');
        if (std::string_view("(){}|*+?^$]").find(c) != std::string_view::npos)
            refuse();
        return allowed.set(c == '\\' ? escaped() : static_cast<unsigned char>(c));
    }

    std::bitset<256> char_class() {
        std::bitset<256> allowed;
        const bool negated = accept('^');
        while (!accept(']')) {
            const unsigned char first = class_character();
            unsigned char last = first;
            if (rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']') {
                next();
                last = class_character();
            }
            for (unsigned c = first; c <= last; ++c)
                allowed.set(c);
        }
        return negated ? ~allowed : allowed;
    }

    unsigned char class_character() {
        const char c = next();
        return c == '\\' ? escaped() : static_cast<unsigned char>(c);
    }

    std::string_view expression_;
    std::string_view rest_;
};

CharPattern::CharPattern(std::string_view expression)
    : expression_(expression), pieces_(Parser(expression).parse()) {}

// Bit i of `states`: what was read so far can be followed by piece i.
bool CharPattern::matches(std::string_view text) const {
    const auto skip_optional = [this](std::uint64_t states) {
        for (std::size_t i = 0; i < pieces_.size(); ++i)
            if (pieces_[i].optional && (states >> i & 1))
                states |= std::uint64_t{2} << i;
        return states;
    };
    std::uint64_t states = skip_optional(1);
    for (const char c : text) {
        std::uint64_t after = 0;
        for (std::size_t i = 0; i < pieces_.size(); ++i)
            if ((states >> i & 1) && pieces_[i].allowed[static_cast<unsigned char>(c)])
                after |= (pieces_[i].repeated ? std::uint64_t{1} : std::uint64_t{2}) << i;
        if (after == 0)
            return false;
        states = skip_optional(after);
    }
    return states >> pieces_.size() & 1;
}

}  // namespace ocikit
