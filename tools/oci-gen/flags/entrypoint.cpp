#include "oci-gen/flags/entrypoint.hpp"

#include <boost/json/array.hpp>

#include "oci-gen/flag.hpp"
#include "oci-gen/json_text.hpp"

namespace ocikit::gen {

std::vector<std::string> parse_entrypoint(const std::string& text) {
    if (text.empty())
        return {};
    if (!text.starts_with('['))
        return {text};
    const std::optional<boost::json::value> value = parse_json(text);
    const boost::json::array* words = value ? value->if_array() : nullptr;
    if (!words)
        return {text};  // a program of such a name, as with docker
    std::vector<std::string> entrypoint;
    for (const boost::json::value& word : *words) {
        if (!word.is_string())
            throw unusable("entrypoint", "the array has something else than strings");
        entrypoint.emplace_back(word.get_string());
    }
    return entrypoint;
}

}  // namespace ocikit::gen
