#include "image/reference.hpp"

#include <unistd.h>

namespace ocikit::image {

namespace {

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

Reference split(std::string_view text, std::size_t colon) {
    if (colon == text.npos)
        return {.path = std::string(text), .tag = {}};
    return {.path = std::string(text.substr(0, colon)), .tag = std::string(text.substr(colon + 1))};
}

}  // namespace

Reference parse_reference(std::string_view text) {
    if (exists(std::string(text)))
        return split(text, text.npos);
    for (std::size_t colon = text.rfind(':'); colon != text.npos && colon != 0;
         colon = text.rfind(':', colon - 1))
        if (exists(std::string(text.substr(0, colon))))
            return split(text, colon);
    const std::size_t last = text.rfind(':');
    const bool is_path = last == text.npos || last == 0 || text.find('/', last) != text.npos;
    return split(text, is_path ? text.npos : last);
}

}  // namespace ocikit::image
