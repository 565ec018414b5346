#include "oci-gen/flags/entrypoint.hpp"

#include <boost/json/array.hpp>

#include <ocikit/document.hpp>

#include "oci-gen/flag.hpp"

namespace ocikit::gen {

std::vector<std::string> parse_entrypoint(const std::string& text) {
    if (text.empty())
        return {};
    if (!text.starts_with('['))
        return {text};
    const Document document = Document::parse(text, "entrypoint");
    const boost::json::array* words =
        document.has_value() && document.diagnostics().empty() ? document.value().if_array() : nullptr;
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
