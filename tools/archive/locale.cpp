#include "archive/locale.hpp"

#include <clocale>
#include <cstddef>

#include <ocikit/error.hpp>

namespace ocikit::archive {

void use_byte_names() {
    static const bool done = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
    if (!done)
        throw Error("the C library has no locale C.UTF-8");
}

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i++]);
        if (first < 0x80)
            continue;
        const int more = first >= 0xc2 && first <= 0xdf   ? 1
                         : (first & 0xf0) == 0xe0         ? 2
                         : first >= 0xf0 && first <= 0xf4 ? 3
                                                          : 0;
        if (more == 0)
            return false;
        for (int k = 0; k < more; ++k, ++i) {
            if (i == text.size())
                return false;
            const auto next = static_cast<unsigned char>(text[i]);
            unsigned char low = 0x80;
            unsigned char high = 0xbf;
            if (k == 0) {
                low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : low;
                high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : high;
            }
            if (next < low || next > high)
                return false;
        }
    }
    return true;
}

}  // namespace ocikit::archive
