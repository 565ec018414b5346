// The regular expressions of the official schemas, matched in linear time.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

namespace ocikit {

// An anchored sequence of characters and character classes, each with at most
// one of `*`, `+` and `?`: `^[1-9][0-9]*[KMG]B$`. That is all the schemas use.
// std::regex, which knows the rest too, recurses once a character and overflows
// the stack on a long string (libstdc++ 12: 26,000 bytes).
//
// Works on bytes, so that `.` and `[^…]` take a part of a UTF-8 character; repeated, as
// the schemas have them, they take all of it.
class CharPattern {
  public:
    // Throws Error for anything else.
    explicit CharPattern(std::string_view expression);

    bool matches(std::string_view text) const;
    const std::string& expression() const { return expression_; }

  private:
    struct Piece {
        std::bitset<256> allowed;
        bool optional = false;
        bool repeated = false;
    };
    class Parser;

    std::string expression_;
    std::vector<Piece> pieces_;
};

}  // namespace ocikit
